/** A place at a host: an idle connection, or the right to open one (`null`). It is given back with `give`. */
export type Place<Connection> = { readonly connection: Connection | null };

type Host<Connection> = {
  /** Places taken and connections idle, together at most the limit. */
  places: number;
  readonly idle: Connection[];
  readonly waiting: Set<Waiting<Connection>>;
};

type Waiting<Connection> = { readonly fresh: boolean; readonly serve: (place: Place<Connection>) => void };

/**
 * Keeps idle connections per host and holds their number within `limit`. Who comes first is served first.
 * `retire` is called for a connection that the pool lets go of while it is fine.
 */
export class Pool<Connection> {
  readonly #limit: number;
  readonly #retire: (connection: Connection) => void;
  readonly #hosts = new Map<string, Host<Connection>>();
  #closed = false;

  constructor(limit: number, retire: (connection: Connection) => void) {
    this.#limit = limit;
    this.#retire = retire;
  }

  /** A place, or `null` when none came free within `withinMs` or before `signal`. `fresh` wants no used connection. */
  take(key: string, fresh: boolean, withinMs: number, signal: AbortSignal): Promise<Place<Connection> | null> {
    const host = this.#hostOf(key);
    const connection = host.idle.pop() ?? null;
    if (connection !== null) return Promise.resolve({ connection: this.#usable(connection, fresh) });
    if (host.places < this.#limit) {
      host.places++;
      return Promise.resolve({ connection: null });
    }
    return this.#wait(host, fresh, withinMs, signal);
  }

  /** Gives a place back, with its connection if that is fit for more. Answers whether the connection now lies idle. */
  give(key: string, connection: Connection | null): boolean {
    const host = this.#hostOf(key);
    const [next] = host.waiting;
    if (next !== undefined) {
      next.serve({ connection: connection === null ? null : this.#usable(connection, next.fresh) });
      return false;
    }
    if (connection !== null && !this.#closed) {
      host.idle.push(connection);
      return true;
    }
    if (connection !== null) this.#retire(connection);
    this.#leave(key, host);
    return false;
  }

  /** Takes an idle connection out, if it is still there. */
  remove(key: string, connection: Connection): boolean {
    const host = this.#hostOf(key);
    const index = host.idle.indexOf(connection);
    if (index >= 0) host.idle.splice(index, 1);
    if (index >= 0) this.#leave(key, host);
    return index >= 0;
  }

  /** Retires all idle connections, now and as they come. */
  close(): void {
    this.#closed = true;
    for (const [key, host] of this.#hosts) {
      for (const connection of host.idle.splice(0)) {
        this.#retire(connection);
        this.#leave(key, host);
      }
    }
  }

  #usable(connection: Connection, fresh: boolean): Connection | null {
    if (!fresh) return connection;
    this.#retire(connection);
    return null;
  }

  #hostOf(key: string): Host<Connection> {
    const known = this.#hosts.get(key);
    if (known !== undefined) return known;
    const host: Host<Connection> = { places: 0, idle: [], waiting: new Set() };
    this.#hosts.set(key, host);
    return host;
  }

  #leave(key: string, host: Host<Connection>): void {
    host.places--;
    if (host.places === 0) this.#hosts.delete(key);
  }

  #wait(
    host: Host<Connection>,
    fresh: boolean,
    withinMs: number,
    signal: AbortSignal,
  ): Promise<Place<Connection> | null> {
    const { promise, resolve } = Promise.withResolvers<Place<Connection> | null>();
    const stop = (place: Place<Connection> | null): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', giveUp);
      host.waiting.delete(waiting);
      resolve(place);
    };
    const giveUp = (): void => stop(null);
    const waiting: Waiting<Connection> = { fresh, serve: stop };
    const timer = setTimeout(giveUp, withinMs);
    signal.addEventListener('abort', giveUp);
    host.waiting.add(waiting);
    if (signal.aborted) giveUp();
    return promise;
  }
}
