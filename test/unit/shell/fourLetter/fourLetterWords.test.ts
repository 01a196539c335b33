import { expect } from "chai";
import type { ServerView } from "../../../../src/core/stats/serverView.ts";
import { TraceMask } from "../../../../src/core/stats/traceMask.ts";
import { listEnvironment } from "../../../../src/shell/fourLetter/environment.ts";
import { answerPacketCount, FourLetterWords } from "../../../../src/shell/fourLetter/fourLetterWords.ts";
import { FOUR_LETTER_WORDS, type FourLetterWord } from "../../../../src/shell/fourLetter/words.ts";
import { fakeLeaderView, fakeServerView, recordedConf } from "../../../support/fakeServerView.ts";
import { goldenText } from "../../../support/golden.ts";
import { maskText } from "../../../support/maskText.ts";

const MASK_127 = Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 127);
const telnetClose = "telnet close";

function words(whitelist: string | null = "*", readOnlyModeEnabled = false): FourLetterWords {
  return new FourLetterWords({ whitelist, readOnlyModeEnabled, traceMask: new TraceMask() });
}

function answer(word: FourLetterWord, view: ServerView): string | null {
  return words().answer(word, view, word === "stmk" ? MASK_127 : undefined);
}

/** The golden text of a word with the fake server's ports and folder in the places of its names. */
function recorded(word: string, role = "standalone"): string {
  const text = goldenText(`4lw/${role}/${word}.txt`)
    .replaceAll("<DIR>", "/srv")
    .replaceAll("<CLIENT_PORT>", "2181");
  // Apache lists connections in an order of chance: only the session's has a read interest.
  return text.replace(/<PEER_PORT>\[(\d)\]/g, (_, ops: string) => `${ops === "0" ? 50001 : 50002}[${ops}]`);
}

const byLine = (text: string | null): string[] => (text ?? "").split("\n").toSorted();

describe("four-letter words of a standalone server", () => {
  for (const word of [
    "conf",
    "crst",
    "dirs",
    "gtmk",
    "hash",
    "isro",
    "ruok",
    "srst",
    "srvr",
    "stmk",
  ] as const) {
    it(`${word} gives the recorded bytes`, () => {
      expect(answer(word, fakeServerView())).to.equal(recorded(word));
    });
  }

  for (const word of ["wchc", "wchp", "wchs"] as const) {
    it(`${word} gives the recorded bytes, in the order of Java's maps`, () => {
      expect(answer(word, fakeServerView())).to.equal(recorded(word));
    });
  }

  it("cons gives the recorded lines", () => {
    expect(byLine(answer("cons", fakeServerView()))).to.deep.equal(byLine(recorded("cons")));
  });

  it("stat gives the recorded lines", () => {
    const view = fakeServerView();
    view.stats.packetsReceived = 80;
    view.stats.packetsSent = 83;
    expect(answer("stat", view)).to.equal(recorded("stat"));
  });

  it("wchc, wchp and dump keep the order of paths, which tells of a map that was larger once", () => {
    // In a map of 16 bins /rec/s0/none would be the first.
    const paths = ["/rec/s0/a", "/rec/s0/none"];
    const view: ServerView = {
      ...fakeServerView(),
      ephemeralsBySession: () => new Map([[1n, paths]]),
      watches: () => ({
        sessionsByPath: new Map(paths.map((path) => [path, []])),
        pathsBySession: [{ sessionId: 1n, paths }],
      }),
    };
    for (const word of ["wchc", "wchp", "dump"] as const) {
      const text = answer(word, view) ?? "";
      expect(text.match(/\/rec\/s0\/\w+/g), word).to.deep.equal(paths);
    }
  });

  it("dump gives the recorded lines", () => {
    expect(maskText(answer("dump", fakeServerView()) ?? "")).to.equal(
      maskText(goldenText("4lw/standalone/dump.txt")),
    );
  });

  it("envi gives the recorded names", () => {
    const text = answer("envi", fakeServerView({ environment: listEnvironment }));
    expect(maskText(text ?? "")).to.equal(maskText(goldenText("4lw/standalone/envi.txt")));
  });

  it("mntr gives the recorded lines, in their order", () => {
    const view = fakeServerView();
    view.metrics.sets.writePerNamespace.add("rec", 11);
    view.metrics.sets.readPerNamespace.add("rec", 80);
    expect(maskText(answer("mntr", view) ?? "").split("\n")).to.deep.equal(
      maskText(goldenText("4lw/standalone/mntr.txt")).split("\n"),
    );
  });

  it("mntr shows what was counted", () => {
    const lines = (answer("mntr", fakeServerView()) ?? "").split("\n");
    expect(lines).to.include.members([
      "zk_avg_latency\t2.5846",
      "zk_max_latency\t64",
      "zk_packets_sent\t82",
      "zk_last_client_response_size\t-1",
      "zk_cnt_updatelatency\t65",
      "zk_p999_updatelatency\t64",
    ]);
  });
});

describe("mntr of a server of its own state", () => {
  it("prints a whole mean with its fraction", () => {
    const view = fakeServerView();
    view.stats.reset();
    expect(answer("mntr", view)).to.contain("zk_avg_latency\t0.0\n").and.contain("zk_max_latency\t0\n");
  });

  it("has the quotas between the gauges and the counters, as seen live with three namespaces", () => {
    const three = (rec: number, app: number, kafka: number) =>
      new Map(Object.entries({ rec, app, kafka }).map(([name, value]) => [name, BigInt(value)]));
    const quotaGauges = () => ({
      countLimits: three(5, 5, 5),
      bytesLimits: three(100, 100, 100),
      countUsages: three(1, 2, 1),
      bytesUsages: three(0, 5, 0),
    });
    const lines = (answer("mntr", fakeServerView({ quotaGauges })) ?? "").split("\n");
    const start = lines.indexOf("zk_non_mtls_local_conn_count\t0") + 1;
    expect(lines.slice(start, start + 13)).to.deep.equal([
      "zk_app_quota_bytes_limit_per_namespace\t100",
      "zk_rec_quota_bytes_limit_per_namespace\t100",
      "zk_kafka_quota_bytes_limit_per_namespace\t100",
      "zk_app_quota_count_usage_per_namespace\t2",
      "zk_rec_quota_count_usage_per_namespace\t1",
      "zk_kafka_quota_count_usage_per_namespace\t1",
      "zk_app_quota_count_limit_per_namespace\t5",
      "zk_rec_quota_count_limit_per_namespace\t5",
      "zk_kafka_quota_count_limit_per_namespace\t5",
      "zk_app_quota_bytes_usage_per_namespace\t5",
      "zk_rec_quota_bytes_usage_per_namespace\t0",
      "zk_kafka_quota_bytes_usage_per_namespace\t0",
      "zk_watch_bytes\t0",
    ]);
  });
});

describe("four-letter words of an ensemble's members", () => {
  const memberMntr = (view: ServerView, writes: string[]): string[] => {
    for (const name of writes) view.metrics.sets.writePerNamespace.add(name, 1);
    view.metrics.sets.readPerNamespace.add("rec", 1);
    return maskText(answer("mntr", view) ?? "").split("\n");
  };

  it("mntr of a leader has its gauges and its learners' lines in place", () => {
    const view = fakeLeaderView();
    for (const sid of ["4", "2", "1"]) {
      view.metrics.sets.learnerHandlerQpSize.add(sid, 1);
      view.metrics.sets.learnerHandlerQpTimeMs.add(sid, 1);
    }
    expect(memberMntr(view, ["zookeeper", "rec"])).to.deep.equal(
      maskText(goldenText("4lw/leader/mntr.txt")).split("\n"),
    );
  });

  it("mntr of a follower", () => {
    const quorumGauges = () => ({ quorumSize: 4, syncedObservers: null, leader: null });
    const view = fakeServerView({ mode: "follower", peerState: "following - broadcast", quorumGauges });
    expect(memberMntr(view, ["rec", "zookeeper"])).to.deep.equal(
      maskText(goldenText("4lw/follower/mntr.txt")).split("\n"),
    );
  });

  it("mntr of an observer", () => {
    const quorumGauges = () => ({ quorumSize: 4, syncedObservers: null, leader: null });
    const peerState = "observing - broadcast";
    const view = fakeServerView({ mode: "observer", peerState, observerMasterId: 3, quorumGauges });
    expect(memberMntr(view, ["rec", "zookeeper"])).to.deep.equal(
      maskText(goldenText("4lw/observer/mntr.txt")).split("\n"),
    );
  });

  it("srvr of a leader ends with the sizes of its proposals, and srst resets them", () => {
    const view = fakeLeaderView();
    expect(maskText(answer("srvr", view) ?? "")).to.equal(maskText(recorded("srvr", "leader")));
    expect(answer("srvr", view)).to.match(/\nProposal sizes last\/min\/max: 48\/36\/157\n$/);
    answer("srst", view);
    expect(answer("srvr", view)).to.match(/: -1\/-1\/-1\n$/);
  });

  it("hash shows the digests", () => {
    expect(answer("hash", fakeLeaderView())).to.equal(recorded("hash", "leader"));
  });

  it("conf of a member ends with the membership", () => {
    const membership = goldenText("4lw/leader/conf.txt").replace(/^[^]*membership: \n/, "");
    const quorum = {
      initLimit: 10,
      syncLimit: 5,
      electionAlg: 3,
      electionPorts: [3888],
      quorumPorts: [2888],
      peerType: 0,
      membership,
    };
    const view = fakeServerView({ conf: () => ({ ...recordedConf, serverId: 3, quorum }) });
    expect(maskText(answer("conf", view) ?? "")).to.equal(maskText(recorded("conf", "leader")));
    const several = { ...quorum, quorumPorts: [2888, 2889] };
    expect(answer("conf", fakeServerView({ conf: () => ({ ...recordedConf, quorum: several }) }))).to.contain(
      "\nquorumPort=2888|2889\n",
    );
  });

  it("dump of a leader shows empty buckets, and sessions with ephemerals in Java's order", () => {
    const sessions = [0x100004fce880000n, 0x200004fd05e0000n, 0x300004fcef80000n, 0x400004fd0060000n];
    const buckets = [[], [], [sessions[1]], [sessions[3]], [sessions[2], sessions[0]]];
    const connections = [...fakeServerView().connections()].toReversed();
    const view = fakeServerView({
      sessions: () => ({
        local: null,
        global: { buckets: buckets.map((members, i) => ({ timeMs: i * 2000, members })), memberCount: 4 },
      }),
      connectionsByExpiry: () => ({ buckets: [{ timeMs: 0, members: connections }], memberCount: 2 }),
      ephemeralsBySession: () => new Map(sessions.map((session, i) => [session, [`/rec/s${i}/eph`]])),
    });
    const text = answer("dump", view) ?? "";
    expect(maskText(text)).to.equal(maskText(recorded("dump", "leader")));
    expect(text).to.match(
      /0x200004fd05e0000:\n.*\n0x100004fce880000:\n.*\n0x300004fcef80000:\n.*\n0x400004fd0060000:/,
    );
  });

  it("dump of a learner shows the timeouts of the global sessions, sorted, after its local ones", () => {
    const timeoutMsBySession = new Map([4n, 2n, 3n, 1n].map((sid) => [sid * 0x100000000000000n, 10000]));
    const follower = answer(
      "dump",
      fakeServerView({ sessions: () => ({ local: null, global: { timeoutMsBySession } }) }),
    );
    expect(follower).to.match(
      /^SessionTracker dump:\nGlobal Sessions\(4\):\n0x100000000000000\t10000ms\n0x200000000000000\t10000ms\n/,
    );
    const local = { buckets: [{ timeMs: 0, members: [5n] }], memberCount: 1 };
    const both = answer(
      "dump",
      fakeServerView({ sessions: () => ({ local, global: { timeoutMsBySession } }) }),
    );
    expect(both).to.match(
      /^SessionTracker dump:\nLocal Session Sets \(1\)\/\(1\):\n.*\n\t0x5\nGlobal Sessions\(4\):\n/,
    );
    const leader = answer("dump", fakeServerView({ sessions: () => ({ local, global: local }) }));
    expect(leader).to.match(/\nLocal Session Sets [^]*\nGlobal Session Sets /);
  });
});

describe("four-letter words of a server that does not serve, or may not answer", () => {
  const folders: [role: string, whitelist: string, mode: "standalone" | null][] = [
    ["not-serving", "*", null],
    ["whitelist-ruok", "ruok", "standalone"],
  ];
  for (const [role, whitelist, mode] of folders) {
    it(`${role}: every word`, () => {
      const view = fakeServerView({ mode, environment: listEnvironment });
      const asked = words(whitelist);
      asked.answer("stmk", view, MASK_127);
      for (const word of FOUR_LETTER_WORDS) {
        const text = asked.answer(word, view, MASK_127) ?? "";
        expect(maskText(text), word).to.equal(maskText(goldenText(`4lw/${role}/${word}.txt`)));
      }
    });
  }

  it("waits for the mask of stmk only when it may be set", () => {
    expect(words().extraBytes("stmk")).to.equal(8);
    expect(words("ruok").extraBytes("stmk")).to.equal(0);
    expect(words().extraBytes("ruok")).to.equal(0);
  });

  it("keeps a negative mask", () => {
    const asked = words();
    expect(asked.answer("stmk", fakeServerView(), new Uint8Array(8).fill(255))).to.equal("-1");
    expect(asked.answer("gtmk", fakeServerView())).to.equal("-1");
  });

  it("refuses telnet's interrupt by name, or closes without a text where every word is enabled", () => {
    expect(words(null).answer(telnetClose, fakeServerView())).to.equal(
      "telnet close is not executed because it is not in the whitelist.\n",
    );
    expect(words().answer(telnetClose, fakeServerView())).to.equal(null);
  });

  it("tells a read-only server apart", () => {
    const view = fakeServerView({ mode: "read-only" });
    expect(answer("isro", view)).to.equal("ro");
    expect(answer("srvr", view)).to.match(
      /UTC\nREAD-ONLY mode; serving only read-only clients\nLatency[^]*Mode: read-only\n/,
    );
  });
});

describe("cons after crst", () => {
  it("shows NA, no cxid, and the least latency from then on", () => {
    const view = fakeServerView();
    answer("crst", view);
    expect(answer("cons", view)).to.contain(
      ",lop=NA,est=1795388523995,to=10000,lzxid=0xffffffffffffffff,lresp=0,llat=0,minlat=0,",
    );
    for (const { stats } of view.connections()) stats.updateForResponse(7, 3n, "GETD", 10, 15);
    expect(answer("cons", view)).to.contain(
      ",lop=GETD,est=1795388523995,to=10000,lcxid=0x7,lzxid=0x3,lresp=15,llat=5,minlat=5,avglat=5,maxlat=5)",
    );
  });
});

describe("answerPacketCount", () => {
  it("counts what Apache writes at once", () => {
    expect(answerPacketCount("")).to.equal(0);
    expect(answerPacketCount("imok")).to.equal(1);
    // The recording counts 3 packets for this text: sent went from 78 to 82 with one ruok beside it.
    expect(answerPacketCount(goldenText("4lw/standalone/mntr.txt"))).to.equal(3);
  });
});
