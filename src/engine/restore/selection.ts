// Which entries of a snapshot are restored.
import { PathPatterns } from '../path-patterns.ts';

/** Answers for paths inside the snapshot, as `pathParts` gives them. */
export class Selection {
  readonly #include: PathPatterns;
  readonly #exclude: PathPatterns;

  /** @throws Failure `patterns.malformed` */
  constructor(options: { include?: readonly string[]; exclude?: readonly string[] }) {
    this.#include = new PathPatterns(options.include ?? []);
    this.#exclude = new PathPatterns(options.exclude ?? []);
  }

  /** True when everything is selected. */
  get isEverything(): boolean {
    return this.#include.isEmpty && this.#exclude.isEmpty;
  }

  /** Is the entry itself restored, and is it worth looking below it? */
  ask(parts: readonly string[]): { isSelected: boolean; mayBeBelow: boolean } {
    if (this.isEverything) return { isSelected: true, mayBeBelow: true };
    if (this.#exclude.answer(parts).matches) return { isSelected: false, mayBeBelow: false };
    if (this.#include.isEmpty) return { isSelected: true, mayBeBelow: true };
    const { matches, childMayMatch } = this.#include.answer(parts);
    return { isSelected: matches, mayBeBelow: matches || childMayMatch };
  }
}
