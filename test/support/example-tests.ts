import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { temporaryDirectory } from '../adapters/temporary-store.ts';
import { hangUp, json, problem, startMoodyServer } from '../client/moody-server.ts';
import { runExample } from './examples.ts';
import { type PosternProcess, startPostern } from './postern-process.ts';

export type Example = { readonly language: string; readonly fileName: string; readonly command: readonly string[] };

/** Runs the examples of the documentation as a reader would, against a real Postern and against servers that fail. */
export function testExamples(examples: readonly Example[]): void {
  const temporary = temporaryDirectory();
  let postern: PosternProcess;

  beforeAll(async () => {
    postern = await startPostern(temporary.directory);
  });

  afterAll(async () => {
    await postern.stop();
    temporary.dispose();
  });

  describe.each(examples)('the example in $language', (example) => {
    const environment = () => ({ POSTERN_URL: postern.url, POSTERN_API_KEY: postern.key });

    it('sends and tells what became of it', async () => {
      const delivered = await runExample(example, temporary.directory, 'delivered@sandbox.example', environment());
      expect(delivered).toMatchObject({ code: 0, stdout: expect.stringMatching(/^em_\w+ delivered\n$/) as string });
      const bounced = await runExample(example, temporary.directory, 'bounced@sandbox.example', environment());
      expect(bounced.stdout).toMatch(/^em_\w+ bounced\n$/);
    });

    it('tells what was refused, and does not send it again', async () => {
      const refused = await runExample(example, temporary.directory, 'nowhere', environment());
      expect([refused.code, refused.stdout]).toEqual([1, '']);
      expect(refused.stderr).toContain('validation_error');
    });

    it('sends again, under the same key, what was not taken', async () => {
      const server = await startMoodyServer(
        problem(503, 'unavailable', true, { 'Retry-After': '1' }),
        json(202, { id: 'em_1', object: 'email', status: 'queued' }),
        json(200, { id: 'em_1', object: 'email', status: 'delivered' }),
      );
      const sent = await runExample(example, temporary.directory, 'a@one.example', {
        ...environment(),
        POSTERN_URL: server.url,
      });
      server.close();
      expect(sent).toMatchObject({ code: 0, stdout: 'em_1 delivered\n' });
      expect(server.seen.map(({ method }) => method)).toEqual(['POST', 'POST', 'GET']);
      const [first, second] = server.seen.map(({ headers }) => headers['idempotency-key']);
      expect(first).toMatch(/^[\w-]{16,}$/);
      expect(second).toBe(first);
    });

    it('survives a connection without an answer', async () => {
      const server = await startMoodyServer(
        hangUp,
        json(202, { id: 'em_1', object: 'email', status: 'queued' }),
        json(200, { id: 'em_1', object: 'email', status: 'delivered' }),
      );
      const sent = await runExample(example, temporary.directory, 'a@one.example', {
        ...environment(),
        POSTERN_URL: server.url,
      });
      server.close();
      expect(sent.stdout).toBe('em_1 delivered\n');
    });
  });
}
