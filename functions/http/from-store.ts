import { HTTPException } from 'hono/http-exception';

/** The result of a call that ends at a store; its rejection becomes the exception that the app answers with 503. */
export async function fromStore<Result>(call: () => Promise<Result>): Promise<Result> {
  try {
    return await call();
  } catch (cause) {
    throw new HTTPException(503, { cause });
  }
}
