import { bounds } from './bounds.ts';
import { noForms, type ReplyForms } from './reply-forms.ts';

/** What the connections to one server have shown of it. */
export type ServerHabits = {
  /** Messages it took in two round trips or more: it counts replies as we do. */
  taken: number;
  /** How it words its replies. */
  readonly forms: ReplyForms;
  /** It offered CHUNKING and did not know BDAT. */
  refusedChunks: boolean;
};

/** Forgets what earlier replies have shown: they did not follow our commands. */
export function unlearn(habits: ServerHabits): void {
  habits.taken = 0;
  habits.forms.envelope.clear();
  habits.forms.final.clear();
}

/** The habits of the servers met last, by target: a new connection to one of them need not find them out again. */
export class HabitMemory {
  readonly #known = new Map<string, ServerHabits>();

  /** The habits at a target, the same object for all connections to it; those of an unknown server are empty. */
  of(key: string): ServerHabits {
    const habits = this.#known.get(key) ?? { taken: 0, forms: noForms(), refusedChunks: false };
    this.#known.delete(key);
    this.#known.set(key, habits);
    const [eldest] = this.#known.keys();
    if (this.#known.size > bounds.habitsKept && eldest !== undefined) this.#known.delete(eldest);
    return habits;
  }
}
