/** What the client says to a challenge: the next response, not yet encoded, or that it will not go on. */
export type AuthStep =
  | { readonly kind: 'response'; readonly text: string }
  | { readonly kind: 'refused'; readonly detail: string };

/** One login by one mechanism (RFC 4422 §3). */
export type AuthExchange = {
  /** The initial response; `null` where the server speaks first. */
  readonly initial: string | null;
  /** Whether the server has done all that the mechanism asks of it, so that its acceptance may be believed. */
  readonly proven: boolean;
  /** `round` counts the challenges from 0, without the empty one that only asks for the initial response. */
  answer(challenge: Buffer, round: number): AuthStep | Promise<AuthStep>;
};
