import { addressOf, type Query } from './address.ts';
import { apiOperations } from './api-operations.ts';
import type {
  AcceptedEmail,
  ApiKey,
  ApiKeyList,
  BatchAnswer,
  BounceRule,
  BounceRuleList,
  CreateApiKey,
  CreatedApiKey,
  DeletedSuppression,
  Domain,
  DomainList,
  Email,
  EmailList,
  EventList,
  Health,
  InboundReport,
  NewWebhook,
  Operations,
  Project,
  ProjectChange,
  RemovedDomain,
  RemovedWebhook,
  RevokedApiKey,
  SendBatch,
  SendEmail,
  Suppress,
  SuppressedMany,
  Suppression,
  SuppressionImport,
  SuppressionList,
  Validation,
  Webhook,
  WebhookChange,
  WebhookDelivery,
  WebhookDeliveryList,
  WebhookList,
  WebhookReplay,
  WebhookReplayed,
  WebhookTest,
  WebhookWithSecret,
} from './api-types.ts';
import { type RequestOptions, send } from './transport.ts';
import { afterIn, wholeList } from './whole-list.ts';

export type * from './api-types.ts';
export { PosternError, type PosternFieldError } from './error.ts';
export type { RequestOptions } from './transport.ts';

export type PosternOptions = Pick<RequestOptions, 'maxRetries' | 'timeoutMs'> & {
  /** Where Postern answers, such as `https://mail.example.com`. */
  readonly url: string;
  /** An API key. */
  readonly key: string;
  /** Instead of the platform's own. */
  readonly fetch?: typeof fetch | undefined;
};

export type SendOptions = RequestOptions & {
  /** Without a key of your own, one is made for this call and kept over its attempts. */
  readonly idempotencyKey?: string | undefined;
  /** Holds the answer until every recipient has ended or was deferred once, for so long at most. */
  readonly waitSeconds?: number | undefined;
};

/** How a list is written where it is handed over whole. */
export type ListType = 'text/csv' | 'application/x-ndjson';

/** What one call of `request` can be told beside its input. */
export type CallOptions = SendOptions & {
  /** Of a body that is no JSON; a message unless told otherwise. */
  readonly contentType?: string | undefined;
  /** Of the answer that is wanted, where there are several. */
  readonly accept?: string | undefined;
  /** Told the header fields of the answer. */
  readonly onAnswer?: ((headers: Headers) => void) | undefined;
};

/** What an operation takes: its path and query parameters, and its body. */
export type OperationInput<Name extends keyof Operations> = Omit<Operations[Name], 'answer'>;

type LooseInput = {
  readonly path?: Readonly<Record<string, string>>;
  readonly query?: Query;
  readonly body?: object | string | Uint8Array<ArrayBuffer>;
};

/** A list of megabytes takes half a minute to add. */
const listTimeoutMs = 300_000;

/** A client of the API. Every method throws a PosternError when the request did not succeed. */
export class Postern {
  readonly #base: string;
  readonly #key: string;
  readonly #options: PosternOptions;

  /** Throws a TypeError for an address that is none, or without a key. */
  constructor(options: PosternOptions) {
    const { protocol, origin, pathname } = new URL(options.url);
    if (protocol !== 'https:' && protocol !== 'http:') throw new TypeError('The url begins with https:// or http://.');
    if (options.key === '') throw new TypeError('A Postern client needs an API key.');
    this.#base = `${origin}${pathname.replace(/\/+$/, '')}`;
    this.#key = options.key;
    this.#options = options;
  }

  readonly emails = {
    /** Sends an email; safe over lost answers, since all attempts carry one Idempotency-Key. */
    send: (email: SendEmail, options?: SendOptions): Promise<AcceptedEmail> =>
      this.request('sendEmail', { body: email }, options),
    /** What became of an email, recipient by recipient. */
    get: (id: string, options?: RequestOptions): Promise<Email> => this.request('getEmail', { path: { id } }, options),
    /** Cancels whatever of an email still waits. */
    cancel: (id: string, options?: RequestOptions): Promise<Email> =>
      this.request('cancelEmail', { path: { id } }, options),
    /** Sends up to 100 emails; one entry an email in the answer, in the same order. */
    batch: (batch: SendBatch, options?: SendOptions): Promise<BatchAnswer> =>
      this.request('sendBatch', { body: batch }, options),
    /** Sends a message that is composed already: as JSON, or as bytes with its envelope in `query`. */
    sendRaw: (
      message: OperationInput<'sendRawEmail'>['body'],
      query?: OperationInput<'sendRawEmail'>['query'],
      options?: SendOptions,
    ): Promise<AcceptedEmail> => this.request('sendRawEmail', { body: message, query }, options),
    /** Everything but sending. */
    validate: (email: SendEmail, options?: RequestOptions): Promise<Validation> =>
      this.request('validateEmail', { body: email }, options),
    /** A page of emails, the newest first. */
    list: (query?: OperationInput<'listEmails'>['query'], options?: RequestOptions): Promise<EmailList> =>
      this.request('listEmails', { query }, options),
    /** What happened to an email, in order. */
    events: (id: string, options?: RequestOptions): Promise<EventList> =>
      this.request('listEmailEvents', { path: { id } }, options),
    /** The message as stored, as text. */
    raw: (id: string, options?: RequestOptions): Promise<string> =>
      this.request('getRawEmail', { path: { id } }, options),
    /** Moves an email that waits for its time. */
    reschedule: (id: string, scheduledAt: string | null, options?: RequestOptions): Promise<Email> =>
      this.request('rescheduleEmail', { path: { id }, body: { scheduled_at: scheduledAt } }, options),
  };

  readonly keys = {
    /** Makes an API key; the answer is the only one that holds it. */
    create: (key: CreateApiKey, options?: RequestOptions): Promise<CreatedApiKey> =>
      this.request('createKey', { body: key }, options),
    /** The API keys of the project, the newest first, without the keys themselves. */
    list: (options?: RequestOptions): Promise<ApiKeyList> => this.request('listKeys', {}, options),
    get: (id: string, options?: RequestOptions): Promise<ApiKey> => this.request('getKey', { path: { id } }, options),
    /** Revokes an API key for good. */
    revoke: (id: string, options?: RequestOptions): Promise<RevokedApiKey> =>
      this.request('revokeKey', { path: { id } }, options),
  };

  readonly domains = {
    /** Adds a sender domain; the answer says which DNS records it needs. */
    add: (name: string, options?: RequestOptions): Promise<Domain> =>
      this.request('addDomain', { body: { name } }, options),
    list: (options?: RequestOptions): Promise<DomainList> => this.request('listDomains', {}, options),
    get: (id: string, options?: RequestOptions): Promise<Domain> =>
      this.request('getDomain', { path: { id } }, options),
    /** Looks the records up now. */
    verify: (id: string, options?: RequestOptions): Promise<Domain> =>
      this.request('verifyDomain', { path: { id } }, options),
    remove: (id: string, options?: RequestOptions): Promise<RemovedDomain> =>
      this.request('removeDomain', { path: { id } }, options),
  };

  readonly suppressions = {
    /** Stops mailing an address. */
    add: (suppression: Suppress, options?: RequestOptions): Promise<Suppression> =>
      this.request('suppress', { body: suppression }, options),
    /** Stops mailing many addresses, all or none. */
    addMany: (suppressions: readonly Suppress[], options?: RequestOptions): Promise<SuppressedMany> =>
      this.request('suppressMany', { body: { suppressions } }, options),
    /** A page of addresses that are no longer mailed, in their order. */
    list: (query?: OperationInput<'listSuppressions'>['query'], options?: RequestOptions): Promise<SuppressionList> =>
      this.request('listSuppressions', { query }, options),
    get: (email: string, options?: RequestOptions): Promise<Suppression> =>
      this.request('getSuppression', { path: { email } }, options),
    /** Stops mailing a whole list of addresses. */
    importList: (
      list: OperationInput<'importSuppressions'>['body'],
      type: ListType,
      query?: OperationInput<'importSuppressions'>['query'],
      options?: RequestOptions,
    ): Promise<SuppressionImport> => {
      const asked = { timeoutMs: listTimeoutMs, ...options, contentType: type };
      return this.request('importSuppressions', { body: list, query }, asked);
    },
    /** The whole list, however many answers it takes. */
    exportList: (type: ListType, options?: RequestOptions): Promise<string> =>
      wholeList(async (after) => {
        let link: string | null = null;
        const onAnswer = (headers: Headers): void => void (link = headers.get('link'));
        const asked = { timeoutMs: listTimeoutMs, ...options, accept: type, onAnswer };
        const text = await this.request('exportSuppressions', { query: { after } }, asked);
        return { text, after: afterIn(link) };
      }, type),
    /** Lets an address be mailed again. */
    remove: (email: string, options?: RequestOptions): Promise<DeletedSuppression> =>
      this.request('unsuppress', { path: { email } }, options),
  };

  readonly webhooks = {
    /** Adds an endpoint; the answer is the only one that holds its secret. */
    add: (webhook: NewWebhook, options?: RequestOptions): Promise<WebhookWithSecret> =>
      this.request('addWebhook', { body: webhook }, options),
    list: (options?: RequestOptions): Promise<WebhookList> => this.request('listWebhooks', {}, options),
    get: (id: string, options?: RequestOptions): Promise<Webhook> =>
      this.request('getWebhook', { path: { id } }, options),
    /** Changes what is named. */
    change: (id: string, change: WebhookChange, options?: RequestOptions): Promise<Webhook> =>
      this.request('changeWebhook', { path: { id }, body: change }, options),
    remove: (id: string, options?: RequestOptions): Promise<RemovedWebhook> =>
      this.request('removeWebhook', { path: { id } }, options),
    /** Gives it a new secret; the old one signs on beside it for a while. */
    rotateSecret: (
      id: string,
      query?: OperationInput<'rotateWebhookSecret'>['query'],
      options?: RequestOptions,
    ): Promise<WebhookWithSecret> => this.request('rotateWebhookSecret', { path: { id }, query }, options),
    /** Posts a test event now, and answers with what came back. */
    test: (id: string, options?: RequestOptions): Promise<WebhookTest> =>
      this.request('testWebhook', { path: { id } }, options),
    /** A page of events with every attempt, the newest first. */
    deliveries: (
      id: string,
      query?: OperationInput<'listWebhookDeliveries'>['query'],
      options?: RequestOptions,
    ): Promise<WebhookDeliveryList> => this.request('listWebhookDeliveries', { path: { id }, query }, options),
    delivery: (id: string, eventId: string, options?: RequestOptions): Promise<WebhookDelivery> =>
      this.request('getWebhookDelivery', { path: { id, event_id: eventId } }, options),
    /** Posts an event once more. */
    replay: (id: string, eventId: string, options?: RequestOptions): Promise<WebhookDelivery> =>
      this.request('replayWebhookDelivery', { path: { id, event_id: eventId } }, options),
    /** Posts once more what it has not taken of a span of time. */
    replayFailed: (id: string, span: WebhookReplay, options?: RequestOptions): Promise<WebhookReplayed> =>
      this.request('replayFailedWebhookDeliveries', { path: { id }, body: span }, options),
  };

  readonly bounceRules = {
    /** Every rule that names the reason of a refusal, in the order in which they are asked. */
    list: (options?: RequestOptions): Promise<BounceRuleList> => this.request('listBounceRules', {}, options),
    /** The rule that a bounce names. */
    get: (id: string, options?: RequestOptions): Promise<BounceRule> =>
      this.request('getBounceRule', { path: { id } }, options),
  };

  readonly inbound = {
    /** Hands over a mail that came back, as it came. */
    take: (
      message: OperationInput<'takeInbound'>['body'],
      query?: OperationInput<'takeInbound'>['query'],
      options?: RequestOptions,
    ): Promise<InboundReport> => this.request('takeInbound', { query, body: message }, options),
  };

  readonly project = {
    /** The settings of the project that the key belongs to. */
    get: (options?: RequestOptions): Promise<Project> => this.request('getProject', {}, options),
    /** Changes the settings that are named. */
    change: (change: ProjectChange, options?: RequestOptions): Promise<Project> =>
      this.request('changeProject', { body: change }, options),
  };

  /** Whether the process can do its work. */
  health(options?: RequestOptions): Promise<Health> {
    return this.request('getHealth', {}, options);
  }

  /** Any operation of the API, by its name in the OpenAPI document. */
  async request<Name extends keyof Operations>(
    name: Name,
    input: OperationInput<Name>,
    options: CallOptions = {},
  ): Promise<Operations[Name]['answer']> {
    const { method, path, keyed } = apiOperations[name];
    const { path: places = {}, query = {}, body } = input as LooseInput;
    const idempotencyKey = options.idempotencyKey ?? (keyed ? randomKey() : undefined);
    const answer = await send({
      signal: options.signal,
      maxRetries: options.maxRetries ?? this.#options.maxRetries,
      timeoutMs: options.timeoutMs ?? this.#options.timeoutMs,
      // Browsers refuse to have it called as a method of anything but their window.
      fetch: this.#options.fetch ?? globalThis.fetch.bind(globalThis),
      url: addressOf(this.#base, path, places, query),
      method,
      onAnswer: options.onAnswer,
      headers: {
        Authorization: `Bearer ${this.#key}`,
        ...(body === undefined
          ? {}
          : { 'Content-Type': isJson(body) ? 'application/json' : (options.contentType ?? 'message/rfc822') }),
        ...(options.accept === undefined ? {} : { Accept: options.accept }),
        ...(options.waitSeconds === undefined ? {} : { Prefer: `wait=${options.waitSeconds}` }),
        ...(idempotencyKey === undefined ? {} : { 'Idempotency-Key': idempotencyKey }),
      },
      body: isJson(body) ? JSON.stringify(body) : body,
      repeatable: idempotencyKey !== undefined || ['GET', 'PUT', 'DELETE'].includes(method),
    });
    return answer as Operations[Name]['answer'];
  }
}

function isJson(body: LooseInput['body']): body is object {
  return typeof body === 'object' && !(body instanceof Uint8Array);
}

// `crypto.randomUUID` is missing from pages that were not loaded over TLS.
function randomKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
