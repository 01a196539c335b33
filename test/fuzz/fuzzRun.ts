import { memoryUsage } from "node:process";
import { type Corpus, goldenCorpus } from "./corpus.ts";
import { FuzzFailure, FuzzLife } from "./fuzzLife.ts";

/** Frames of one server's life. */
export const framesPerLife = 20_000;
const megabyte = 1024 * 1024;
/** What the heap may have grown by since the lives that warmed it up. */
const heapGrowthMax = 16 * megabyte;
const warmUpLives = 5;
const progressEveryMs = 10_000;

export interface FuzzSettings {
  readonly seed: number;
  /** Collects all garbage. */
  readonly collect: () => void;
  readonly progress: (text: string) => void;
}

/** Life after life, each from a seed of its own, in one process whose memory has to stay where it was. */
export class FuzzRun {
  readonly #settings: FuzzSettings;
  readonly #corpus: Corpus = goldenCorpus();
  #heapAtFirst = 0;
  #sent = 0;
  /** Lives that ended well. */
  lives = 0;

  constructor(settings: FuzzSettings) {
    this.#settings = settings;
  }

  /** Throws a FuzzFailure. */
  frames(count: number): void {
    this.#while(
      () => this.#sent < count,
      () => Math.min(framesPerLife, count - this.#sent),
    );
  }

  /** For so long, by the wall clock. Throws a FuzzFailure. */
  milliseconds(count: number): void {
    const endMs = Date.now() + count;
    this.#while(
      () => Date.now() < endMs,
      () => framesPerLife,
    );
  }

  /** One life again. Throws a FuzzFailure. */
  life(seed: number, frames: number = framesPerLife): void {
    new FuzzLife(seed, this.#corpus).run(frames);
    this.#sent += frames;
    this.lives++;
  }

  #while(more: () => boolean, frames: () => number): void {
    let saidMs = Date.now();
    const startMs = saidMs;
    while (more()) {
      const seed = (Math.imul(this.#settings.seed, 0x9e3779b1) + this.lives) >>> 0;
      this.life(seed, frames());
      if (this.lives % warmUpLives === 0) this.#checkHeap(seed);
      if (Date.now() - saidMs < progressEveryMs) continue;
      saidMs = Date.now();
      const perSecond = Math.round((this.#sent * 1000) / (saidMs - startMs));
      this.#settings.progress(
        `${this.#sent} frames, ${perSecond}/s, heap ${Math.round(this.#heap() / megabyte)} MB`,
      );
    }
  }

  #heap(): number {
    this.#settings.collect();
    const { heapUsed, arrayBuffers } = memoryUsage();
    return heapUsed + arrayBuffers;
  }

  #checkHeap(seed: number): void {
    const heap = this.#heap();
    if (this.#heapAtFirst === 0) this.#heapAtFirst = heap;
    else if (heap > this.#heapAtFirst + heapGrowthMax) {
      const growth = Math.round((heap - this.#heapAtFirst) / megabyte);
      throw new FuzzFailure(seed, framesPerLife, "none", `the heap has grown by ${growth} MB`);
    }
  }
}
