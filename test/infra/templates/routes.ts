import { Match } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';

import { synthesize } from '../synthesis.ts';

const mailHostname = 'out.example.com';
const gateway = await synthesize({ stage: 'prod', route: 'mx', egress: 'nat-gateway', mailHostname });
const instance = await synthesize({ route: 'mx', egress: 'nat-instance', mailHostname });

describe('the mx route', () => {
  it.each([gateway, instance])('puts deliver, and nothing else, behind one address of its own', ({ service }) => {
    service.resourceCountIs('AWS::EC2::EIP', 1);
    service.resourceCountIs('AWS::EC2::VPCEndpoint', 2);
    const inside = service.findResources('AWS::Lambda::Function', { Properties: { VpcConfig: Match.anyValue() } });
    expect(Object.values(inside).map(({ Properties }) => (Properties as { Handler: string }).Handler)).toEqual([
      'deliver.handler',
    ]);
    service.hasOutput('MailIp', {});
    service.allResourcesProperties('AWS::EC2::Subnet', { MapPublicIpOnLaunch: false });
  });

  it('says its name to every function', () => {
    gateway.service.allResourcesProperties('AWS::Lambda::Function', {
      Environment: { Variables: Match.objectLike({ POSTERN_ROUTE: 'mx', POSTERN_HOSTNAME: mailHostname }) },
    });
  });

  it('goes through a gateway or an instance, as chosen', () => {
    gateway.service.resourceCountIs('AWS::EC2::NatGateway', 1);
    gateway.service.resourceCountIs('AWS::EC2::Instance', 0);
    instance.service.resourceCountIs('AWS::EC2::NatGateway', 0);
    instance.service.hasResourceProperties('AWS::EC2::Instance', {
      SourceDestCheck: false,
      BlockDeviceMappings: [Match.objectLike({ Ebs: Match.objectLike({ Encrypted: true }) })],
    });
    instance.service.resourceCountIs('AWS::EC2::EIPAssociation', 1);
  });

  it('keeps the address of production, whose reputation is worth more than it costs', () => {
    gateway.service.allResources('AWS::EC2::EIP', Match.objectLike({ DeletionPolicy: 'Retain' }));
    instance.service.allResources('AWS::EC2::EIP', Match.objectLike({ DeletionPolicy: 'Delete' }));
  });
});

describe('a domain for the API', () => {
  it('has its certificate, and the address that API Gateway gives is shut', async () => {
    const { service } = await synthesize({
      apiDomain: 'api.example.com',
      apiCertificateArn: 'arn:aws:acm:eu-central-1:123456789012:certificate/0b7d',
    });
    service.hasResourceProperties('AWS::ApiGatewayV2::DomainName', {
      DomainName: 'api.example.com',
      DomainNameConfigurations: [Match.objectLike({ SecurityPolicy: 'TLS_1_2' })],
    });
    service.hasResourceProperties('AWS::ApiGatewayV2::Api', { DisableExecuteApiEndpoint: true });
    service.resourceCountIs('AWS::ApiGatewayV2::ApiMapping', 1);
  });
});
