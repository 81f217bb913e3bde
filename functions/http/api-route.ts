import type { TypedResponse } from 'hono';
import type { StatusCode } from 'hono/utils/http-status';
import type { JSONParsed } from 'hono/utils/types';
import type * as z from 'zod';

import type { ApiTag } from './openapi/api-tags.ts';

type Example = { readonly summary?: string; readonly value: unknown };

/** One form of a body: a zod schema, or a JSON Schema as it stands for what is no JSON (`message/rfc822`, say). */
export type MediaType = {
  readonly schema: z.ZodType | Readonly<Record<string, unknown>>;
  readonly examples?: Readonly<Record<string, Example>>;
};

type Content = Readonly<Record<string, MediaType>>;

/** A header of a request or an answer, in the words of OpenAPI. */
type HeaderObject = { readonly description: string; readonly schema: Readonly<Record<string, unknown>> };

export type RouteAnswer = {
  readonly description: string;
  readonly headers?: Readonly<Record<string, HeaderObject>>;
  readonly content?: Content;
};

/** An operation of the API: how it is validated, typed and described, in one place. */
export type ApiRoute = {
  readonly method: 'get' | 'post' | 'put' | 'patch' | 'delete';
  /** With parameters in braces, as in OpenAPI. */
  readonly path: string;
  /** Name of the operation in clients; unique. */
  readonly operationId: string;
  readonly tags: readonly [ApiTag];
  readonly summary: string;
  readonly description?: string;
  /** Empty for what needs no key. */
  readonly security: readonly Readonly<Record<string, readonly string[]>>[];
  /** Parameters beside those of `request`: headers, as a rule. */
  readonly parameters?: readonly Readonly<Record<string, unknown>>[];
  /** Made when the first request comes, or the document is asked for: schemas take time to make. */
  readonly request?: () => RouteRequest;
  /** Made when the document is asked for. */
  readonly responses: () => Readonly<Record<number, RouteAnswer>>;
};

/** What a request is made of beside its headers. */
export type RouteRequest = {
  readonly params?: z.ZodObject;
  readonly query?: z.ZodObject;
  readonly body?: { readonly description?: string; readonly required: boolean; readonly content: Content };
};

type SchemaOf<Route, Part extends 'params' | 'query'> = Route extends {
  request: () => Record<Part, infer Schema extends z.ZodType>;
}
  ? Schema
  : never;
type JsonBodyOf<Route> = Route extends {
  request: () => { body: { content: { 'application/json': { schema: infer Schema extends z.ZodType } } } };
}
  ? Schema
  : never;

type Targets<Route, Side extends 'input' | 'output'> = {
  [
    Target in 'param' | 'query' | 'json' as Target extends 'param'
      ? [SchemaOf<Route, 'params'>] extends [never]
        ? never
        : Target
      : Target extends 'query'
        ? [SchemaOf<Route, 'query'>] extends [never]
          ? never
          : Target
        : [JsonBodyOf<Route>] extends [never]
          ? never
          : Target
  ]: Sided<
    Target extends 'param'
      ? SchemaOf<Route, 'params'>
      : Target extends 'query'
        ? SchemaOf<Route, 'query'>
        : JsonBodyOf<Route>,
    Side
  >;
};
type Sided<Schema, Side> = Schema extends z.ZodType
  ? Side extends 'input'
    ? z.input<Schema>
    : z.output<Schema>
  : never;

/** What `c.req.valid(…)` gives a handler of the route. */
export type RouteInput<Route> = { in: Targets<Route, 'input'>; out: Targets<Route, 'output'> };

type AnswerOf<Answer, Status> = Answer extends { content: infer Forms }
  ? Forms[keyof Forms] extends { schema: infer Schema }
    ? Schema extends z.ZodType
      ? TypedResponse<JSONParsed<z.input<Schema>>, Status & StatusCode, 'json'>
      : Response
    : Response
  : Response;

/** What a handler of the route may answer with: what the route declares, and nothing else. */
export type RouteAnswers<Route extends ApiRoute> = {
  [Status in keyof AnswersOf<Route>]: AnswerOf<AnswersOf<Route>[Status], Status>;
}[keyof AnswersOf<Route>];

type AnswersOf<Route extends ApiRoute> = ReturnType<Route['responses']>;

/** Path parameters in the way of Hono: `{id}` becomes `:id`. */
export type RoutingPath<Path extends string> = Path extends `${infer Before}{${infer Name}}${infer After}`
  ? `${Before}:${Name}${RoutingPath<After>}`
  : Path;

/** Declares an operation. Its types, its validation and its place in the document all follow from this one object. */
export function createRoute<const Route extends ApiRoute>(
  route: Route,
): Route & { getRoutingPath(): RoutingPath<Route['path']> } {
  return Object.assign({ getRoutingPath: () => routingPath<Route['path']>(route.path) }, route);
}

/** The path of a route as the router takes it. */
export function routingPath<Path extends string>(path: Path): RoutingPath<Path> {
  return path.replaceAll(/\{([^{}]+)\}/g, ':$1') as RoutingPath<Path>;
}
