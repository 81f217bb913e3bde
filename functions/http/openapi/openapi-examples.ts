import type { JsonSchema } from './openapi-schemas.ts';

type Example = { readonly value: unknown };

/**
 * An example of what a schema accepts: its own, or one made of those of its parts. `null` when a part that has to be there
 * has none. `resolve` answers what a reference stands for. Pure.
 */
export function exampleOf(schema: JsonSchema, resolve: (reference: string) => JsonSchema): Example | null {
  const { $ref, examples, const: only, enum: words, anyOf, type } = schema as Record<string, unknown>;
  if (typeof $ref === 'string') return exampleOf(resolve($ref), resolve);
  if (Array.isArray(examples) && examples.length > 0) return { value: examples[0] as unknown };
  if (only !== undefined) return { value: only };
  if (Array.isArray(words)) return { value: words[0] as unknown };
  if (Array.isArray(anyOf)) return firstExample(anyOf as readonly JsonSchema[], resolve);
  switch (type) {
    case 'boolean':
      return { value: true };
    case 'array': {
      const item = exampleOf(schema['items'] as JsonSchema, resolve);
      return item === null ? null : { value: [item.value] };
    }
    case 'object':
      return exampleOfObject(schema, resolve);
    default:
      // Nothing else is better said than shown, if that can be.
      return Array.isArray(type) && type.includes('null') ? { value: null } : null;
  }
}

function firstExample(schemas: readonly JsonSchema[], resolve: (reference: string) => JsonSchema): Example | null {
  for (const schema of schemas) {
    const example = schema['type'] === 'null' ? { value: null } : exampleOf(schema, resolve);
    if (example !== null) return example;
  }
  return null;
}

function exampleOfObject(
  { properties = {}, required = [] }: JsonSchema,
  resolve: (reference: string) => JsonSchema,
): Example | null {
  const members: [name: string, value: unknown][] = [];
  for (const [name, schema] of Object.entries(properties)) {
    const needed = required.includes(name);
    // What may be left out is shown only by an example of its own.
    const example = needed || Array.isArray(schema['examples']) ? exampleOf(schema, resolve) : null;
    if (example !== null) members.push([name, example.value]);
    else if (needed) return null;
  }
  return { value: Object.fromEntries(members) };
}
