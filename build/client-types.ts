import { commentOf, type Schema, typeOf } from './schema-types.ts';

type Parameter = {
  readonly name: string;
  readonly in: string;
  readonly required?: boolean;
  readonly schema: Schema;
} & {
  readonly description?: string;
};
type Content = Readonly<Record<string, { readonly schema: Schema }>>;
type Operation = {
  readonly operationId: string;
  readonly summary: string;
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly required?: boolean; readonly content: Content };
  readonly responses: Readonly<Record<string, { readonly content?: Content }>>;
};

/** The document, as far as a client is made from it. */
export type ApiDocument = {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
};

const origin = '// Written by `npm run build:client` from docs/openapi.json.\n';

/** A module with the types of every schema and of every operation: what it takes, and what it answers when it succeeds. */
export function operationTypes(document: ApiDocument): string {
  const schemas = Object.entries(document.components.schemas).map(
    ([name, schema]) => `${commentOf(schema.description)}export type ${name} = ${typeOf(schema)};\n`,
  );
  const members = operationsOf(document).map(
    ({ operation }) =>
      `${commentOf(operation.summary, '  ')}  readonly ${operation.operationId}: ${operationType(operation)};\n`,
  );
  const operations = `/** What each operation takes and answers. */\nexport type Operations = {\n${members.join('')}};\n`;
  return [origin, ...schemas, operations].join('\n');
}

/** A module with what a client has to know of every operation when it runs. */
export function operationTable(document: ApiDocument): string {
  const rows = operationsOf(document).map(({ path, method, operation }) => {
    const keyed = (operation.parameters ?? []).some(({ name }) => name.toLowerCase() === 'idempotency-key');
    return `  ${operation.operationId}: { method: '${method.toUpperCase()}', path: '${path}', keyed: ${keyed} },\n`;
  });
  return [
    origin,
    '/** How each operation is asked for; `keyed` ones take an Idempotency-Key. */',
    `export const apiOperations = {\n${rows.join('')}} as const;\n`,
  ].join('\n');
}

function operationsOf(document: ApiDocument) {
  // What readers of mail open is no call of a client.
  const called = Object.entries(document.paths).filter(([path]) => path.startsWith('/v1/'));
  return called.flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  );
}

function operationType({ parameters = [], requestBody, responses }: Operation): string {
  const parts = [
    parameterType('path', parameters),
    parameterType('query', parameters),
    ...(requestBody === undefined
      ? []
      : [
          `    readonly body${requestBody.required === true ? '' : '?'}: ${contentType(requestBody.content, 'string | Uint8Array<ArrayBuffer>')};\n`,
        ]),
    `    readonly answer: ${answerType(responses)};\n`,
  ];
  return `{\n${parts.join('')}  }`;
}

function parameterType(place: 'path' | 'query', parameters: readonly Parameter[]): string {
  const own = parameters.filter((parameter) => parameter.in === place);
  if (own.length === 0) return '';
  const required = own.filter((parameter) => parameter.required === true).map(({ name }) => name);
  const properties = Object.fromEntries(
    own.map(({ name, schema, description }) => [name, description === undefined ? schema : { ...schema, description }]),
  );
  const type = typeOf({ type: 'object', properties, required, additionalProperties: false }, '    ');
  return `    readonly ${place}${required.length === 0 ? '?' : ''}: ${type}${required.length === 0 ? ' | undefined' : ''};\n`;
}

function answerType(responses: Operation['responses']): string {
  const types = Object.entries(responses)
    .filter(([status]) => status.startsWith('2'))
    .map(([, { content }]) => (content === undefined ? 'undefined' : contentType(content, 'string')));
  return Array.from(new Set(types)).join(' | ');
}

function contentType(content: Content, unlessJson: string): string {
  const types = Object.entries(content).map(([mediaType, { schema }]) =>
    mediaType === 'application/json' ? typeOf(schema, '    ') : unlessJson,
  );
  return Array.from(new Set(types)).join(' | ');
}
