// A server under test: a zoo.cfg in a folder of its own, and the process that $ZK_LAUNCH makes of it.
#pragma once
#include <string>
#include <sys/types.h>

// A free port below the range of near ends: a client that tries again on a port of that range can meet itself.
int freePort();

// The answer to a four-letter word; empty if nobody listens.
std::string fourLetterWord(int port, const std::string &word);

// A folder of its own below the run's.
std::string newFolder(const std::string &prefix);

class Server {
public:
  // lines go to zoo.cfg, words (-Dname=value) to the launcher; a secure server gets a second port.
  explicit Server(const std::string &lines = "", const std::string &words = "", bool secure = false);
  Server(const Server &) = delete;
  ~Server();
  // Starts the process and returns when it serves. It does not outlive the thread that starts it.
  void start();
  // Ends it as a crash does, on the same folder it can start again.
  void kill();

  std::string address() const;
  const int port;
  const int securePort;

private:
  void launch();
  const std::string folder;
  std::string words;
  pid_t process = -1;
};

// A server with TLS on its second port, which asks for a certificate, and with SASL DIGEST-MD5 for bob and ann.
Server *securedServer();

// A file of test/fixtures/tls.
std::string fixture(const std::string &name);
std::string contents(const std::string &file);
