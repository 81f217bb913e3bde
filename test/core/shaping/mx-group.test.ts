import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { mxGroupOf, providerWords } from '../../../functions/core/shaping/mx-group.ts';
import { mxProviders } from '../../../functions/core/shaping/mx-providers.ts';

describe('the group of a mail host', () => {
  it.each([
    ['aspmx.l.google.com', 'google'],
    ['ALT1.gmail-smtp-in.l.google.com.', 'google'],
    ['contoso-com.mail.protection.outlook.com', 'microsoft'],
    ['contoso-com.a-v1.mx.microsoft', 'microsoft'],
    ['mta5.am0.yahoodns.net', 'yahoo'],
    ['mx01.mail.icloud.com', 'apple'],
    ['mxa-00001234.gslb.pphosted.com', 'proofpoint'],
    ['eu-smtp-inbound-1.mimecast.com', 'mimecast'],
    ['inbound-smtp.eu-west-1.amazonaws.com', 'amazon'],
    ['ec2-192-0-2-25.compute-1.amazonaws.com', 'compute-1.amazonaws.com'],
    ['mx1.mail.ovh.net', 'ovh'],
    ['vps-1a2b3c4d.vps.ovh.net', 'vps.ovh.net'],
    ['google.com', 'google'],
    ['notgoogle.com', 'notgoogle.com'],
    ['google.com.example.net', 'com.example.net'],
    ['mx1.mail.example.com', 'mail.example.com'],
    ['mx2.mail.example.com', 'mail.example.com'],
    ['mail.example.com', 'example.com'],
    ['example.com', 'example.com'],
    ['mx.example.co.uk', 'example.co.uk'],
    ['example.co.uk', 'example.co.uk'],
    ['mx.example.de', 'example.de'],
    ['mx.co.example', 'co.example'],
    ['localhost', 'localhost'],
    ['192.0.2.25', '192.0.2.25'],
    ['2001:db8::25', '2001:db8::25'],
  ])('%s is %s', (host, group) => {
    expect(mxGroupOf(host)).toBe(group);
  });

  it('is the same for all hosts of a provider, whatever stands before', () => {
    const label = fc.stringMatching(/^[a-z0-9-]{1,20}$/);
    fc.assert(
      fc.property(fc.constantFrom(...mxProviders), fc.array(label, { maxLength: 4 }), ([suffix, provider], labels) => {
        // A longer suffix on the list may be the nearer one.
        const nearest = mxProviders.find(([other]) => other.length > suffix.length && other.endsWith(`.${suffix}`));
        if (nearest === undefined) expect(mxGroupOf([...labels, suffix].join('.'))).toBe(provider);
      }),
    );
  });

  it('has a list without repetition, whose words cannot be mistaken for hosts', () => {
    expect(new Set(mxProviders.map(([suffix]) => suffix)).size).toBe(mxProviders.length);
    expect(providerWords.filter((word) => !/^[a-z]+$/.test(word))).toEqual([]);
  });
});
