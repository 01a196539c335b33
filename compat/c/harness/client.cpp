#include "client.hpp"
#include "server.hpp"
#include <algorithm>
#include <fstream>

namespace {
void onSession(zhandle_t *, int type, int state, const char *, void *context) {
  if (type == ZOO_SESSION_EVENT) static_cast<Client *>(context)->session.put({type, state, ""});
}

struct Done {
  Signal signal;
  Answer answer;
};

void onVoid(int rc, const void *data) {
  Done *done = static_cast<Done *>(const_cast<void *>(data));
  done->answer.rc = rc;
  done->signal.set();
}

void onString(int rc, const char *value, const void *data) {
  Done *done = static_cast<Done *>(const_cast<void *>(data));
  done->answer.rc = rc;
  if (value) done->answer.text = value;
  done->signal.set();
}
} // namespace

void onEvent(zhandle_t *, int type, int state, const char *path, void *context) {
  if (type != ZOO_SESSION_EVENT) static_cast<Events *>(context)->put({type, state, path ? path : ""});
}

Client::Client(const std::string &address, const Options &options) {
  const clientid_t *id = options.id.client_id ? &options.id : nullptr;
  if (!options.certificates.empty()) {
    handle = zookeeper_init_ssl(address.c_str(), options.certificates.c_str(), onSession, options.timeoutMs, id, this, 0);
  } else if (!options.saslUser.empty()) {
#ifdef HAVE_CYRUS_SASL_H
    passwordFile = newFolder("password-") + "/password";
    std::ofstream(passwordFile) << options.saslPassword << "\n";
    zoo_sasl_params_t params{};
    params.service = "zookeeper";
    params.host = "zk-sasl-md5";
    params.mechlist = "DIGEST-MD5";
    params.callbacks = zoo_sasl_make_basic_callbacks(options.saslUser.c_str(), nullptr, passwordFile.c_str());
    handle = zookeeper_init_sasl(address.c_str(), onSession, options.timeoutMs, id, this, 0, nullptr, &params);
#endif
  } else {
    handle = zookeeper_init(address.c_str(), onSession, options.timeoutMs, id, this, 0);
  }
  check(handle != nullptr, "zookeeper_init failed");
}

Client::~Client() { close(); }

void Client::connected() {
  session.until([](const Event &event) { return event.state == ZOO_CONNECTED_STATE; }, "connection");
}

int Client::close() {
  if (!handle) return ZOK;
  zhandle_t *closing = handle;
  handle = nullptr;
  return zookeeper_close(closing);
}

Answer Client::create(const std::string &path, const std::string &data, int mode, const ACL_vector *acl, int64_t ttl) {
  Answer answer;
  char made[4096] = "";
  answer.rc = zoo_create2_ttl(handle, path.c_str(), data.data(), data.size(), acl, mode, ttl, made, sizeof made, &answer.stat);
  answer.text = made;
  return answer;
}

int Client::erase(const std::string &path, int version) { return zoo_delete(handle, path.c_str(), version); }

Answer Client::exists(const std::string &path, Events *events) {
  Answer answer;
  answer.rc = zoo_wexists(handle, path.c_str(), events ? onEvent : nullptr, events, &answer.stat);
  return answer;
}

Answer Client::get(const std::string &path, Events *events) {
  Answer answer;
  std::vector<char> data(2 << 20);
  int length = data.size();
  answer.rc = zoo_wget(handle, path.c_str(), events ? onEvent : nullptr, events, data.data(), &length, &answer.stat);
  if (answer.rc == ZOK && length > 0) answer.text.assign(data.data(), length);
  return answer;
}

Answer Client::set(const std::string &path, const std::string &data, int version) {
  Answer answer;
  answer.rc = zoo_set2(handle, path.c_str(), data.data(), data.size(), version, &answer.stat);
  return answer;
}

Answer Client::children(const std::string &path, Events *events) {
  Answer answer;
  String_vector names{};
  answer.rc = zoo_wget_children2(handle, path.c_str(), events ? onEvent : nullptr, events, &names, &answer.stat);
  if (answer.rc != ZOK) return answer;
  answer.names.assign(names.data, names.data + names.count);
  std::sort(answer.names.begin(), answer.names.end());
  deallocate_String_vector(&names);
  return answer;
}

int Client::getAcl(const std::string &path, std::vector<AclEntry> &entries) {
  ACL_vector acl{};
  Stat stat;
  const int rc = zoo_get_acl(handle, path.c_str(), &acl, &stat);
  entries.clear();
  if (rc != ZOK) return rc;
  for (int n = 0; n < acl.count; n++) entries.push_back({acl.data[n].perms, acl.data[n].id.scheme, acl.data[n].id.id});
  deallocate_ACL_vector(&acl);
  return rc;
}

int Client::setAcl(const std::string &path, const ACL_vector *acl, int version) {
  return zoo_set_acl(handle, path.c_str(), version, acl);
}

int Client::addAuth(const std::string &scheme, const std::string &credentials) {
  Done done;
  const int rc = zoo_add_auth(handle, scheme.c_str(), credentials.data(), credentials.size(), onVoid, &done);
  if (rc != ZOK) return rc;
  done.signal.wait("the answer of zoo_add_auth");
  return done.answer.rc;
}

Answer Client::sync(const std::string &path) {
  Done done;
  const int rc = zoo_async(handle, path.c_str(), onString, &done);
  if (rc != ZOK) return {rc, "", {}, {}};
  done.signal.wait("the answer of zoo_async");
  return done.answer;
}

void Client::eraseTree(const std::string &path) {
  for (const std::string &name : children(path).names) eraseTree(path + "/" + name);
  erase(path);
}
