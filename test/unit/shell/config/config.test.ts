import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { ExitCode } from "../../../../src/shell/cli/exitCodes.ts";
import { loadConfig } from "../../../../src/shell/config/config.ts";
import type { ConfigInput, LoadedConfig } from "../../../../src/shell/config/config.ts";
import { ConfigError } from "../../../../src/shell/config/configError.ts";
import type { ServerConfig } from "../../../../src/shell/config/serverConfig.ts";

describe("loadConfig", () => {
  let folder = "";
  let file = "";

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "zabra-config-"));
    file = join(folder, "zoo.cfg");
  });

  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  /** Loads a zoo.cfg that has a dataDir and a port unless the text is `raw`. */
  function load(text: string, input: Partial<ConfigInput> & { raw?: boolean } = {}): LoadedConfig {
    const base = input.raw === true ? "" : `dataDir=${folder}/data\nclientPort=2181\n`;
    writeFileSync(file, `${base}${text}`);
    return loadConfig({ file, ...input });
  }

  function failure(text: string, input: Partial<ConfigInput> & { raw?: boolean } = {}): ConfigError {
    try {
      load(text, input);
    } catch (error) {
      if (error instanceof ConfigError) return error;
      throw error;
    }
    throw new Error(`accepted: ${text}`);
  }

  describe("values", () => {
    const cases: [string, (config: ServerConfig) => unknown, unknown][] = [
      ["", (c) => c.sessions.tickTimeMs, 3000],
      ["", (c) => [c.sessions.minSessionTimeoutMs, c.sessions.maxSessionTimeoutMs], [6000, 60000]],
      ["tickTime=100", (c) => [c.sessions.minSessionTimeoutMs, c.sessions.maxSessionTimeoutMs], [200, 2000]],
      ["minSessionTimeout=-1\nmaxSessionTimeout=7000", (c) => c.sessions.maxSessionTimeoutMs, 7000],
      [" tickTime \t=  2000  ", (c) => c.sessions.tickTimeMs, 2000],
      ["tickTime=1\ntickTime=2", (c) => c.sessions.tickTimeMs, 2],
      ["", (c) => c.limits.maxClientCnxns, 60],
      ["", (c) => c.network.clientAddress, { host: null, port: 2181 }],
      ["clientPortAddress=127.0.0.1", (c) => c.network.clientAddress, { host: "127.0.0.1", port: 2181 }],
      ["clientPortAddress=0.0.0.0", (c) => c.network.clientAddress, { host: null, port: 2181 }],
      ["clientPortAddress=[::1]", (c) => c.network.clientAddress, { host: "::1", port: 2181 }],
      ["secureClientPort=2281", (c) => c.network.secureClientAddress, { host: null, port: 2281 }],
      ["", (c) => c.disk.dataLogDir === c.disk.dataDir, true],
      ["dataLogDir=/l", (c) => c.disk.dataLogDir, "/l"],
      ["preAllocSize=16", (c) => c.disk.preAllocSizeBytes, 16384],
      ["", (c) => c.disk.snapSizeLimitBytes, 4294967296],
      ["txnLogSizeLimitInKb=0", (c) => c.disk.txnLogSizeLimitBytes, -1],
      ["txnLogSizeLimitInKb=2", (c) => c.disk.txnLogSizeLimitBytes, 2048],
      ["snapCount=1", (c) => c.disk.snapCount, 2],
      ["snapCount=0x10", (c) => c.disk.snapCount, 16],
      ["snapCount=010", (c) => c.disk.snapCount, 8],
      ["commitLogCount=1", (c) => c.disk.commitLogCount, 500],
      ["snapshotSizeFactor=1.5", (c) => c.disk.snapshotSizeFactor, 0.33],
      ["snapshot.compression.method=GZ", (c) => c.disk.snapshotCompression, "gz"],
      ["snapshot.compression.method=zip", (c) => c.disk.snapshotCompression, "none"],
      ["autopurge.snapRetainCount=1", (c) => c.disk.autopurgeSnapRetainCount, 3],
      ["flushDelay=10", (c) => c.disk.maxWriteQueuePollTimeMs, 3],
      ["forceSync=NO", (c) => c.disk.forceSync, true],
      ["forceSync=no", (c) => c.disk.forceSync, false],
      ["skipACL=yes", (c) => c.auth.skipAcl, true],
      ["skipACL=true", (c) => c.auth.skipAcl, false],
      ["digest.enabled=TRUE", (c) => c.tree.digestEnabled, true],
      ["digest.enabled=yes", (c) => c.tree.digestEnabled, false],
      ["", (c) => [c.tree.digestEnabled, c.sessions.closeSessionTxnEnabled], [true, true]],
      ["", (c) => [c.limits.juteMaxBufferBytes, c.limits.juteMaxBufferExtraBytes], [1048575, 1048575]],
      ["jute.maxbuffer.extrasize=1", (c) => c.limits.juteMaxBufferExtraBytes, 1024],
      ["largeRequestThreshold=0", (c) => c.limits.largeRequestThresholdBytes, -1],
      ["maxCnxns=-5", (c) => c.limits.maxCnxns, 0],
      ["4lw.commands.whitelist=ruok, srvr", (c) => c.fourLetterWords.whitelist, "ruok, srvr"],
      ["", (c) => c.fourLetterWords.whitelist, null],
      ["", (c) => [...c.auth.schemes], ["ip", "digest"]],
      ["DigestAuthenticationProvider.enabled=false", (c) => [...c.auth.schemes], ["ip"]],
      ["secureClientPort=1", (c) => [...c.auth.schemes], ["ip", "digest", "x509"]],
      [
        "connection_throttle_tokens=5\nconnection_throttle_weight_enabled=true",
        (c) => [c.throttle.connections.tokens, c.throttle.connections.fillCount],
        [15, 3],
      ],
      [
        "connection_throttle_local_session_weight=9",
        ({ throttle: { connections: c } }) => [
          c.globalSessionWeight,
          c.renewSessionWeight,
          c.localSessionWeight,
        ],
        [9, 9, 9],
      ],
      ["jvm.pause.monitor=true", (c) => c.jvmPause.enabled, true],
      ["ssl.keyStore.location=/k\nssl.keyStore.password=p", (c) => c.tls.settings.keyStore?.password, "p"],
      ["ssl.handshakeDetectionTimeoutMillis=9", (c) => c.tls.settings.handshakeDetectionTimeoutMs, 9],
      ["ssl.crl=false", (c) => c.tls.settings.crl, false],
      [
        "enforce.auth.enabled=true\nenforce.auth.schemes=ip, digest",
        (c) => c.auth.enforceAuthSchemes,
        ["ip", "digest"],
      ],
    ];
    for (const [text, pick, expected] of cases) {
      it(`${JSON.stringify(text)} gives ${JSON.stringify(expected)} for ${String(pick)}`, () => {
        expect(pick(load(text).config)).to.deep.equal(expected);
      });
    }
  });

  describe("refusals", () => {
    const cases: [string, string, RegExp][] = [
      ["no dataDir", "!clientPort=1", /dataDir is not set/],
      ["no port at all", "!dataDir=/d", /clientPort: not set/],
      ["a by-name number", "tickTime=abc", /line 3: tickTime=abc: must be a 32-bit whole number/],
      ["a by-name number in hexadecimal", "tickTime=0x10", /must be/],
      ["a by-name number past 32 bits", "tickTime=2147483648", /must be/],
      ["an unread by-name number", "initLimit=five", /line 3: initLimit=five: must be/],
      ["a strict boolean", "reconfigEnabled=yes", /line 3: reconfigEnabled=yes: must be true or false/],
      ["a port out of range", "secureClientPort=65536", /a port, 0 to 65535/],
      ["an interval for containers of 0", "znode.container.checkIntervalMs=0", /must be a positive/],
      ["tickTime 0", "tickTime=0", /must be a positive/],
      [
        "min > max",
        "minSessionTimeout=10\nmaxSessionTimeout=9",
        /must not be larger than maxSessionTimeout \(9\)/,
      ],
      ["an address without a port", "secureClientPortAddress=::1", /secureClientPort is not; set both/],
      ["electionAlg", "electionAlg=1", /only 3 exists/],
      ["peerType", "peerType=boss", /participant or observer/],
      ["SASL rules", "quorum.auth.serverRequireSasl=true", /needs quorum.auth.learnerRequireSasl/],
      ["SASL rules of learners", "quorum.auth.learnerRequireSasl=true", /needs quorum.auth.enableSasl/],
      [
        "dynamicConfigFile beside server.N",
        "dynamicConfigFile=/d\nserver.1=h:1:2",
        /must stand in the file of/,
      ],
      ["dynamicConfigFile that is missing", "dynamicConfigFile=/nowhere/d", /cannot be read/],
      ["two servers", "server.1=h:1:2\nserver.2=h:3:4", /myid is missing: write the number N/],
      ["one server without standalone", "server.1=h:1:2\nstandaloneEnabled=false", /myid is missing/],
      ["no server without standalone", "standaloneEnabled=false", /at least one server.N/],
      ["an observer beside one", "server.1=h:1:2\nserver.2=h:1:2:observer", /at least two/],
      ["a line that is none", "server.1=h:1", /must be host:port/],
      ["a number that is none", "server.x=h:1:2", /must end in the number/],
      ["a metrics class", "metricsProvider.className=my.Provider", /no such provider/],
      ["an audit class", "audit.enable=true\naudit.impl.class=my.Audit", /Java class/],
      ["an auth class", "authProvider.1=my.Provider", /no such provider/],
      ["ssl.context.supplier.class", "ssl.context.supplier.class=my.S", /Java class/],
      ["ssl.crl", "ssl.crl=true", /refused: revocation/],
      ["ssl.quorum.ocsp", "ssl.quorum.ocsp=True", /refused: OCSP/],
      ["testingonly", "testingonly.initialZxid=5", /refused/],
      ["test", "test.allowDiscontinuousProposals=true", /refused/],
      ["Kerberos between peers", "quorum.auth.kerberos.servicePrincipal=zk/h", /refused: Kerberos/],
      ["a drop that is no number", "connection_throttle_drop_increase=much", /must be a number/],
      ["enforced without schemes", "enforce.auth.enabled=true", /must be set/],
      [
        "an enforced scheme that is missing",
        "enforce.auth.enabled=true\nenforce.auth.schemes=sasl",
        /"sasl" has no provider/,
      ],
      ["required SASL without a provider", "sessionRequireClientSASLAuth=true", /"sasl" has no provider/],
      ["another TLS auth scheme", "secureClientPort=1\nssl.authProvider=my", /no authProvider.my/],
      ["a bad escape", "x=\\u12", /line 3: .*hexadecimal/],
    ];
    for (const [name, text, message] of cases) {
      it(name, () => {
        const raw = text.startsWith("!");
        const error = failure(raw ? text.slice(1) : text, { raw });
        expect(error.message).to.match(message);
        expect(error.exitCode).to.equal(ExitCode.INVALID_INVOCATION);
      });
    }

    it("a missing file, with a hint if it looks like a port", () => {
      expect(() => loadConfig({ file: join(folder, "none") })).to.throw(
        ConfigError,
        /cannot be read \(ENOENT\)/,
      );
      expect(() => loadConfig({ file: "2181" })).to.throw(ConfigError, /--port 2181/);
    });

    it("a myid that is no number", () => {
      mkdirSync(join(folder, "data"));
      writeFileSync(join(folder, "data/myid"), "one\n");
      expect(failure("").message).to.match(/myid: "one" is not a number/);
    });

    it("data folders that cannot be, with exit code 3", () => {
      writeFileSync(join(folder, "data"), "");
      expect(failure("")).to.include({ exitCode: ExitCode.UNABLE_TO_ACCESS_DATADIR });
      rmSync(join(folder, "data"));
      expect(failure("datadir.autocreate=false")).to.include({ exitCode: ExitCode.UNABLE_TO_ACCESS_DATADIR });
    });

    it("a Kerberos login of the server's section alone", () => {
      const jaas = join(folder, "jaas.conf");
      const krb = "com.sun.security.auth.module.Krb5LoginModule required useKeyTab=true;";
      writeFileSync(jaas, `Client { ${krb} };\nServer { x.DigestLoginModule required user_a="};"; };`);
      const input = { defines: [`-Djava.security.auth.login.config=${jaas}`] };
      expect(load("", input).config.sasl).to.include({
        jaasFile: jaas,
        section: "Server",
        sectionConfigured: false,
      });
      writeFileSync(jaas, `// Server { none; };\nServer { ${krb} };`);
      expect(failure("", input).message).to.match(/section Server logs in by Kerberos/);
      writeFileSync(jaas, `Server { ${krb.replace("true", '"${user.home}/${zookeeper.tab}"')} };`);
      expect(failure("tab=t", input).message).to.match(/section Server logs in by Kerberos/);
      writeFileSync(jaas, "");
      expect(load("", input).config.sasl.jaasFile).to.equal(jaas);
    });

    it("shows no secret", () => {
      const error = failure("tickTime=0\nDigestAuthenticationProvider.superDigest=super:x");
      expect(error.message).not.to.contain("super:x");
    });
  });

  describe("which place wins", () => {
    it("zoo.cfg over -D, the command line over JVMFLAGS over SERVER_JVMFLAGS", () => {
      const input = {
        defines: ["-Dzookeeper.snapCount=10", "-Dzookeeper.maxCnxns=1"],
        env: {
          SERVER_JVMFLAGS: "-Dzookeeper.maxCnxns=2 -Dzookeeper.maxBatchSize=2",
          JVMFLAGS: "-Dzookeeper.maxBatchSize=3",
        },
      };
      const { config, origins } = load("snapCount=20", input);
      expect([config.disk.snapCount, config.limits.maxCnxns, config.disk.maxBatchSize]).to.deep.equal([
        20, 1, 3,
      ]);
      expect(origins.get("snapCount")).to.equal(`${file} line 3`);
      expect(origins.get("maxCnxns")).to.equal("-Dzookeeper.maxCnxns in the arguments");
      expect(origins.get("maxBatchSize")).to.equal("-Dzookeeper.maxBatchSize in JVMFLAGS");
      expect(origins.get("tickTime")).to.equal("default");
    });

    it("by-name keys come from zoo.cfg alone", () => {
      const { config, warnings } = load("", { defines: ["-Dzookeeper.tickTime=1"] });
      expect(config.sessions.tickTimeMs).to.equal(3000);
      expect(warnings.join()).to.match(/tickTime is read from zoo.cfg alone/);
    });

    it("whole names work in zoo.cfg, below -D, and say so", () => {
      const { config, notices, warnings } = load(
        "jute.maxbuffer=100\nreadonlymode.enabled=true\nznode.container.checkIntervalMs=7",
      );
      expect(config.limits.juteMaxBufferBytes).to.equal(100);
      expect(config.fourLetterWords.readOnlyModeEnabled).to.equal(true);
      expect(config.containers.checkIntervalMs).to.equal(7);
      expect(notices.map(({ level }) => level)).to.deep.equal(["info", "info", "info"]);
      expect(notices[0].text).to.match(/jute.maxbuffer works here; .* only -Djute.maxbuffer=100/);
      expect(warnings).to.deep.equal([]);
      expect(
        load("jute.maxbuffer=100", { defines: ["-Djute.maxbuffer=200"] }).config.limits.juteMaxBufferBytes,
      ).to.equal(200);
    });

    it("documented names that Apache ignores work, below those that it takes", () => {
      const { config, notices } = load("connectionMaxTokens=7\nthrottledOpWaitTime=8");
      expect([config.throttle.connections.tokens, config.throttle.throttledOpWaitTimeMs]).to.deep.equal([
        7, 8,
      ]);
      expect(notices[0]).to.deep.include({ level: "info" });
      expect(notices[0].text).to.match(/connectionMaxTokens works here; .* connection_throttle_tokens/);
      expect(
        load("connectionMaxTokens=7\nconnection_throttle_tokens=9").config.throttle.connections.tokens,
      ).to.equal(9);
      expect(
        load("", { defines: ["-Dzookeeper.requestThrottleLimit=4"] }).config.throttle.requests.maxRequests,
      ).to.equal(4);
    });

    it("fsync.warningthresholdms with and without the prefix", () => {
      expect(
        load("", { defines: ["-Dfsync.warningthresholdms=5"] }).config.disk.fsyncWarningThresholdMs,
      ).to.equal(5);
      expect(
        load("fsync.warningthresholdms=6", { defines: ["-Dfsync.warningthresholdms=5"] }).config.disk
          .fsyncWarningThresholdMs,
      ).to.equal(6);
    });

    it("options over zoo.cfg", () => {
      const { config, origins } = load("", { overrides: { port: "0", host: "::1", dataDir: "/x" } });
      expect(config.network.clientAddress).to.deep.equal({ host: "::1", port: 0 });
      expect(config.disk.dataDir).to.equal("/x");
      expect(origins.get("clientPort")).to.equal("--port");
    });

    it("ZOO_DATADIR_AUTOCREATE_DISABLE as the start script makes it", () => {
      expect(() => load("", { env: { ZOO_DATADIR_AUTOCREATE_DISABLE: "1" } })).to.throw(
        /autocreate is false/,
      );
    });
  });

  describe("a lone server among server.N", () => {
    it("takes the client part of its own line, as in Apache's container", () => {
      mkdirSync(join(folder, "data"));
      writeFileSync(join(folder, "data/myid"), "1\n");
      const { config, notices } = load(`dataDir=${folder}/data\nserver.1=localhost:2888:3888;2182`, {
        raw: true,
      });
      expect(config.network.clientAddress).to.deep.equal({ host: null, port: 2182 });
      expect(config.misc.myid).to.equal(1n);
      expect(notices.filter(({ level }) => level === "error")).to.have.length(1);
      expect(failure("server.1=localhost:2888:3888;2182").message).to.match(
        /differs from the client part of server.1/,
      );
    });

    it("reads the lines of a dynamic file, which holds nothing else", () => {
      const dynamic = join(folder, "zoo.cfg.dynamic");
      writeFileSync(dynamic, "server.1=[::1]:1:2:participant;[::1]:3\n");
      expect(load(`dynamicConfigFile=${dynamic}`).config.misc.myid).to.equal(null);
      writeFileSync(dynamic, "server.1=h:1:2\nserver.2=h:1:2\n");
      expect(failure(`dynamicConfigFile=${dynamic}`).message).to.match(/myid is missing/);
      writeFileSync(dynamic, "server.1=h:1:2\ntickTime=5\n");
      expect(failure(`dynamicConfigFile=${dynamic}`).message).to.match(/tickTime may not stand/);
    });
  });

  describe("warnings", () => {
    const cases: [string, string, RegExp | null][] = [
      [
        "a property that is no number",
        "snapCount=many",
        /line 3: snapCount=many is not a 32-bit whole number; 100000 is used/,
      ],
      ["a boolean that is none", "digest.enabled=on", /is not true or false; false is used/],
      ["a name that nothing reads", "tickTimee=5", /unknown key tickTimee.*did you mean tickTime\?/],
      ["the prefix in zoo.cfg", "zookeeper.snapCount=5", /without "zookeeper."/],
      [
        "a key without effect",
        "pathStats.enabled=true",
        /pathStats.enabled=true has no effect: statistics by path/,
      ],
      ["its default", "pathStats.enabled=false", null],
      ["tuning of Java threads", "nio.numWorkerThreads=5\ncommitProcessor.numWorkerThreads=2", null],
      [
        "the AdminServer",
        "admin.serverPort=8081\nadmin.idleTimeout=1",
        /AdminServer is not built yet.*admin.serverPort, admin.idleTimeout/,
      ],
      ["no AdminServer", "admin.enableServer=false\nadmin.serverPort=8081", null],
      ["the audit log", "audit.enable=true", /audit log is not built yet/],
      ["no audit log", "audit.enable=false", null],
      [
        "Prometheus",
        "metricsProvider.className=org.apache.zookeeper.metrics.prometheus.PrometheusMetricsProvider\nmetricsProvider.httpPort=7000",
        /exporter is not built yet/,
      ],
      ["a duplicate", "snapCount=5\nsnapCount=6", /line 4: snapCount replaces the value of line 3/],
      [
        "keys of peers, which a lone server does not use",
        "initLimit=5\nsyncLimit=2\nleaderServes=no\ncnxTimeout=1",
        null,
      ],
      ["a client's name", "sasl.clientconfig=Client", null],
      ["a relative folder", "dataLogDir=logs", /write .\/logs/],
    ];
    for (const [name, text, expected] of cases) {
      it(`${name}: ${expected === null ? "none" : String(expected)}`, () => {
        const { warnings } = load(text);
        if (expected === null) expect(warnings).to.deep.equal([]);
        else expect(warnings).to.have.length(1).and.to.have.property("0").that.matches(expected);
      });
    }

    it("JVM options and JMX", () => {
      const env = { SERVER_JVMFLAGS: "-Xmx1g -server -Dcom.sun.management.jmxremote=true", JMXPORT: "99" };
      expect(load("", { env }).warnings.map((text) => text.split(" ")[0])).to.deep.equal([
        "JMXPORT:",
        "SERVER_JVMFLAGS:",
        "SERVER_JVMFLAGS:",
        "JMX",
      ]);
    });

    it("a property without its prefix or with one too many", () => {
      const { warnings } = load("", {
        defines: ["-DsnapCount=5", "-Dzookeeper.jute.maxbuffer=5", "-Djava.io.tmpdir=/t"],
      });
      expect(warnings).to.have.length(2);
      expect(warnings[0]).to.match(/its name is zookeeper.snapCount/);
      expect(warnings[1]).to.match(/its name is jute.maxbuffer/);
    });
  });

  describe("without a zoo.cfg", () => {
    it("has friendly defaults on the loopback", () => {
      const { config, warnings } = loadConfig({});
      expect(config.network.clientAddress).to.deep.equal({ host: "127.0.0.1", port: 2181 });
      expect(config.disk.dataDir).to.equal("./zabra-data");
      expect(config.sessions.tickTimeMs).to.equal(2000);
      expect(config.disk.autopurgePurgeIntervalHours).to.equal(1);
      expect(config.limits.maxClientCnxns).to.equal(0);
      expect(config.fourLetterWords.whitelist).to.equal("*");
      expect(warnings).to.deep.equal([]);
    });

    it("is careful on other addresses", () => {
      const { config, warnings } = loadConfig({ overrides: { host: "0.0.0.0" } });
      expect([config.limits.maxClientCnxns, config.fourLetterWords.whitelist]).to.deep.equal([60, null]);
      expect(warnings).to.have.length(1);
    });

    it("takes -D words and keys over the friendly defaults", () => {
      const defines = ["-Dzookeeper.4lw.commands.whitelist=ruok"];
      expect(loadConfig({ defines }).config.fourLetterWords.whitelist).to.equal("ruok");
      expect(loadConfig({ keys: { tickTime: "500" } }).config.sessions.tickTimeMs).to.equal(500);
    });

    it("takes <port> <dataDir> [tickTime] [maxClientCnxns] with ServerConfig's defaults", () => {
      const two = loadConfig({ args: ["2182", "/d"] }).config;
      expect(two.network.clientAddress).to.deep.equal({ host: null, port: 2182 });
      expect([two.disk.dataDir, two.sessions.tickTimeMs, two.limits.maxClientCnxns]).to.deep.equal([
        "/d",
        3000,
        0,
      ]);
      const four = loadConfig({ args: ["2182", "/d", "100", "7"] }).config;
      expect([four.sessions.tickTimeMs, four.limits.maxClientCnxns]).to.deep.equal([100, 7]);
      expect(() => loadConfig({ args: ["1", "2", "3", "4", "5"] })).to.throw(ConfigError, /5 arguments/);
      expect(() => loadConfig({ args: ["port", "/d"] })).to.throw(ConfigError, /argument 1: clientPort=port/);
    });

    it("needs no folder in memory", () => {
      const { config } = load("clientPort=1", { raw: true, overrides: { memory: true } });
      expect(config.disk.memoryOnly).to.equal(true);
    });
  });
});
