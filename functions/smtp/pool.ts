/**
 * A place at a host: an idle connection, or the right to open one (`null`) once the one that gave way for it is `gone`. It is
 * given back with `give`.
 */
export type Place<Connection> = { readonly connection: Connection | null; readonly gone?: Promise<void> };

/** Connections of one key can stand for each other; those of one group are counted together, and are at most `limit`. */
export type PoolKey = { readonly key: string; readonly group: string; readonly limit: number };

type Group<Connection> = {
  /** Places taken and connections idle. */
  places: number;
  readonly idle: { readonly key: string; readonly connection: Connection }[];
  readonly waiting: Set<Waiting<Connection>>;
};

type Waiting<Connection> = {
  readonly key: string;
  readonly fresh: boolean;
  readonly serve: (place: Place<Connection>) => void;
};

/**
 * Keeps idle connections by key and holds the number of each group within its limit. Who comes first is served first; an idle
 * connection of another key gives way to one that is needed. `retire` is called for a connection that the pool lets go of
 * while it is fine, and resolves when it is closed.
 */
export class Pool<Connection> {
  readonly #retire: (connection: Connection) => Promise<void>;
  readonly #groups = new Map<string, Group<Connection>>();
  #closed = false;

  constructor(retire: (connection: Connection) => Promise<void>) {
    this.#retire = retire;
  }

  /** A place, or `null` when none came free within `withinMs` or before `signal`. `fresh` wants no used connection. */
  take(at: PoolKey, fresh: boolean, withinMs: number, signal: AbortSignal): Promise<Place<Connection> | null> {
    const group = this.#groupOf(at);
    const index = group.idle.findLastIndex(({ key }) => key === at.key);
    const [own] = index === -1 ? [] : group.idle.splice(index, 1);
    if (own !== undefined) {
      return Promise.resolve(fresh ? this.#without(own.connection) : { connection: own.connection });
    }
    if (group.places < at.limit) {
      group.places++;
      return Promise.resolve({ connection: null });
    }
    // The one that has been idle for the longest keeps its place and gives up its connection.
    const other = group.places > at.limit ? undefined : group.idle.shift();
    if (other !== undefined) return Promise.resolve(this.#without(other.connection));
    return this.#wait(group, at.key, fresh, withinMs, signal);
  }

  /** Gives a place back, with its connection if that is fit for more. Answers whether the connection now lies idle. */
  give(at: PoolKey, connection: Connection | null): boolean {
    const group = this.#groupOf(at);
    const [next] = group.waiting;
    if (next !== undefined) {
      const isUsable = connection === null || (next.key === at.key && !next.fresh);
      next.serve(isUsable ? { connection } : this.#without(connection));
      return false;
    }
    if (connection !== null && !this.#closed) {
      group.idle.push({ key: at.key, connection });
      return true;
    }
    if (connection !== null) void this.#retire(connection);
    this.#leave(at.group, group);
    return false;
  }

  /** Takes an idle connection out, if it is still there. */
  remove(at: PoolKey, connection: Connection): boolean {
    const group = this.#groupOf(at);
    const index = group.idle.findIndex((entry) => entry.connection === connection);
    if (index >= 0) group.idle.splice(index, 1);
    if (index >= 0) this.#leave(at.group, group);
    return index >= 0;
  }

  /** Retires all idle connections, now and as they come. */
  close(): void {
    this.#closed = true;
    for (const [name, group] of this.#groups) {
      for (const { connection } of group.idle.splice(0)) {
        void this.#retire(connection);
        this.#leave(name, group);
      }
    }
  }

  #without(connection: Connection): Place<Connection> {
    return { connection: null, gone: this.#retire(connection) };
  }

  #groupOf({ group: name }: PoolKey): Group<Connection> {
    const known = this.#groups.get(name);
    if (known !== undefined) return known;
    const group: Group<Connection> = { places: 0, idle: [], waiting: new Set() };
    this.#groups.set(name, group);
    return group;
  }

  #leave(name: string, group: Group<Connection>): void {
    group.places--;
    if (group.places === 0) this.#groups.delete(name);
  }

  #wait(
    group: Group<Connection>,
    key: string,
    fresh: boolean,
    withinMs: number,
    signal: AbortSignal,
  ): Promise<Place<Connection> | null> {
    const { promise, resolve } = Promise.withResolvers<Place<Connection> | null>();
    const stop = (place: Place<Connection> | null): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', giveUp);
      group.waiting.delete(waiting);
      resolve(place);
    };
    const giveUp = (): void => stop(null);
    const waiting: Waiting<Connection> = { key, fresh, serve: stop };
    const timer = setTimeout(giveUp, withinMs);
    signal.addEventListener('abort', giveUp);
    group.waiting.add(waiting);
    if (signal.aborted) giveUp();
    return promise;
  }
}
