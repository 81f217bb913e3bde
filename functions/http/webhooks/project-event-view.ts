import type * as z from 'zod';

import type { ProjectEvent } from '../../core/events/project-event.ts';
import type { EventType } from '../../core/timeline.ts';
import { eventView } from '../emails/event-view.ts';
import type { projectEventSchema } from './project-event-schema.ts';
import { suppressionView } from '../suppressions/suppression-view.ts';

type View = z.infer<ReturnType<typeof projectEventSchema>>;
type ViewOf<Data> = Extract<View, { data: Data }>;

/** An event as it is posted to endpoints; that of an email is what its timeline shows. Pure. */
export function projectEventView(event: ProjectEvent): View {
  const { id, type, at, subject } = event;
  const head = { id, object: 'event' as const, created_at: new Date(at).toISOString() };
  switch (subject.kind) {
    case 'email': {
      const { emailId, tags, metadata, recipient, attempt, bounce } = subject;
      const happened = { id, type: type as EventType, at, recipient, attempt, bounce };
      return eventView({ id: emailId, tags, metadata }, happened);
    }
    case 'suppression': {
      const word = type as ViewOf<{ suppression: ReturnType<typeof suppressionView> }>['type'];
      return { ...head, type: word, data: { suppression: suppressionView(subject.suppression) } };
    }
    case 'domain': {
      const { id: domainId, name, status } = subject;
      const word = type as 'domain.verified' | 'domain.failed';
      return { ...head, type: word, data: { domain: { id: domainId, name, status } } };
    }
    case 'webhook': {
      const { id: webhookId, url, why } = subject;
      const word = type as 'webhook.disabled' | 'webhook.test';
      return { ...head, type: word, data: { webhook: { id: webhookId, url, reason: why } } };
    }
  }
}

/** The body that an event is posted as: the same text for the same event, whenever it is sent. Pure. */
export function renderProjectEvent(event: ProjectEvent): string {
  return JSON.stringify(projectEventView(event));
}
