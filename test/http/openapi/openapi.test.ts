import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';

import { problemKinds } from '../../../functions/http/problem-kinds.ts';
import { type Api, startApi } from '../api.ts';

type Form = { schema: object; examples?: Record<string, { value: unknown }> };
type Operation = {
  operationId?: string;
  tags?: string[];
  summary?: string;
  security?: object[];
  requestBody?: { content: Record<string, Form> };
  responses: Record<string, { description: string; content?: Record<string, Form> }>;
};
type Document = {
  openapi: string;
  tags: { name: string; description: string }[];
  paths: Record<string, Record<string, Operation>>;
  webhooks: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, object> };
};

let api: Api;
let served: Document;

beforeAll(async () => {
  api = await startApi();
  served = (await api.document()) as unknown as Document;
});

afterAll(() => api.dispose());

function operations(): [name: string, operation: Operation][] {
  return Object.entries({ ...served.paths, ...served.webhooks }).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]): [string, Operation] => [
      `${method.toUpperCase()} ${path}`,
      operation,
    ]),
  );
}

function forms(): [where: string, form: Form][] {
  return operations().flatMap(([name, { requestBody, responses }]) => [
    ...Object.entries(requestBody?.content ?? {}).map(([type, form]): [string, Form] => [`${name} ${type}`, form]),
    ...Object.entries(responses).flatMap(([status, { content = {} }]) =>
      Object.entries(content).map(([type, form]): [string, Form] => [`${name} ${status} ${type}`, form]),
    ),
  ]);
}

// References lead into the components, which a schema on its own has under $defs.
function validatorOf(schema: object): z.ZodType {
  const whole = JSON.stringify({ ...schema, $defs: served.components.schemas });
  return z.fromJSONSchema(JSON.parse(whole.replaceAll('#/components/schemas/', '#/$defs/')) as never);
}

describe('GET /openapi.json', () => {
  it('needs no key, and is sent again only when it has changed', async () => {
    const first = await api.request('GET', '/openapi.json', undefined, { authorization: '' });
    const etag = first.headers.get('etag') ?? '';
    expect([first.status, first.headers.get('content-type')]).toEqual([200, 'application/json']);
    const again = await api.request('GET', '/openapi.json', undefined, { 'if-none-match': `"other", W/${etag}` });
    expect([again.status, await again.text(), again.headers.get('etag')]).toEqual([304, '', etag]);
    expect((await api.request('GET', '/openapi.json', undefined, { 'if-none-match': '"other"' })).status).toBe(200);
  });

  it('takes no other method', async () => {
    const response = await api.request('POST', '/openapi.json', {});
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'GET, HEAD, OPTIONS']);
  });

  it('is the committed document; `npm run build:openapi` writes it anew', () => {
    const committed = readFileSync(new URL('../../../docs/openapi.json', import.meta.url), 'utf8');
    expect(served).toEqual(JSON.parse(committed));
    expect(committed).toBe(`${JSON.stringify(served, null, 2)}\n`);
  });
});

describe('every operation', () => {
  it('has a name of its own, a group that is described, and a summary', () => {
    const all = operations();
    const names = all.map(([, { operationId }]) => operationId);
    expect(names.filter((name) => !/^[a-z][A-Za-z]+$/.test(name ?? ''))).toEqual([]);
    expect(new Set(names).size).toBe(all.length);
    const groups = new Set(served.tags.map(({ name }) => name));
    expect(
      all.filter(([, { tags }]) => tags?.length !== 1 || !groups.has(tags[0] ?? '')).map(([name]) => name),
    ).toEqual([]);
    expect(all.filter(([, { summary = '' }]) => summary === '' || summary.length > 80).map(([name]) => name)).toEqual(
      [],
    );
  });

  it('that needs a key says what the key, its scope and its rate can be answered with', () => {
    const guarded = operations().filter(([, { security }]) => security?.length !== 0);
    const always = ['401', '403', '422', '429', '500', '503'];
    const silent = guarded.filter(([, { responses }]) => !always.every((status) => status in responses));
    expect(guarded.length).toBeGreaterThan(0);
    expect(silent.map(([name]) => name)).toEqual([]);
  });

  it('shows its request, its success and each of its errors by example, each true to its schema', () => {
    const without = forms().filter(([, { examples = {} }]) => Object.keys(examples).length === 0);
    expect(without.map(([where]) => where)).toEqual([]);
    const untrue = forms().flatMap(([where, { schema, examples = {} }]) =>
      Object.entries(examples).flatMap(([name, { value }]) => {
        const { success, error } = validatorOf(schema).safeParse(value);
        return success ? [] : [`${where} ${name}: ${z.prettifyError(error)}`];
      }),
    );
    expect(untrue).toEqual([]);
  });

  it('names each of its errors by a code with its own status', () => {
    const problems = forms().filter(([where]) => where.endsWith('application/problem+json'));
    const wrong = problems.flatMap(([where, { examples = {} }]) =>
      Object.entries(examples).flatMap(([code, { value }]) => {
        const kind = problemKinds[code as keyof typeof problemKinds];
        const { status, code: shown } = value as { status: number; code: string };
        return where.includes(` ${kind.status} `) && status === kind.status && shown === code
          ? []
          : [`${where} ${code}`];
      }),
    );
    expect(problems.length).toBeGreaterThan(operations().length);
    expect(wrong).toEqual([]);
  });

  it('answers success in one way at least', () => {
    const none = operations().filter(
      ([, { responses }]) => !Object.keys(responses).some((status) => status.startsWith('2')),
    );
    expect(none.map(([name]) => name)).toEqual([]);
  });
});

describe('the document', () => {
  it('is OpenAPI 3.1 and refers to nothing that is missing', () => {
    expect(served.openapi).toBe('3.1.0');
    for (const [, place = '', name = ''] of JSON.stringify(served).matchAll(/"#\/components\/(\w+)\/([\w-]+)"/g)) {
      expect((served.components as Record<string, object>)[place], name).toHaveProperty([name]);
    }
  });

  it('describes what the routes refuse: unknown fields, the bounds and the words of an enumeration', () => {
    const send = served.components.schemas['SendEmail'] as {
      additionalProperties?: boolean;
      properties: Record<string, unknown>;
    };
    expect(send.additionalProperties).toBe(false);
    expect(send.properties['attachments']).toEqual({
      anyOf: [{ type: 'array', maxItems: 100, items: { $ref: '#/components/schemas/Attachment' } }, { type: 'null' }],
    });
    expect(JSON.stringify(send.properties['tls'])).toContain('"enum":["opportunistic","required","requiretls"]');
  });
});
