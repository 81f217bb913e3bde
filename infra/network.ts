import { CfnOutput, RemovalPolicy, type Stack } from 'aws-cdk-lib';
import {
  CfnEIP,
  CfnEIPAssociation,
  type CfnInstance,
  GatewayVpcEndpointAwsService,
  InstanceClass,
  InstanceSize,
  InstanceType,
  IpAddresses,
  type NatInstanceProviderV2,
  NatProvider,
  NatTrafficDirection,
  Peer,
  Port,
  SubnetType,
  Vpc,
} from 'aws-cdk-lib/aws-ec2';

import { acknowledge } from './acknowledge.ts';

const addresses = '10.0.0.0/16';

/**
 * A network whose connections all come from one elastic IP, for servers judge mail by the address it comes from. Addresses
 * are IPv4 only: AWS sets no PTR for its IPv6 ones. Table and bucket are reached without the NAT, which charges by the GB.
 */
export function createNetwork(stack: Stack, egress: 'nat-gateway' | 'nat-instance', keepsAddress: boolean): Vpc {
  const address = new CfnEIP(stack, 'MailAddress', { domain: 'vpc' });
  address.applyRemovalPolicy(keepsAddress ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY);
  const instance = egress === 'nat-instance' ? natInstance() : null;
  const vpc = new Vpc(stack, 'Network', {
    ipAddresses: IpAddresses.cidr(addresses),
    maxAzs: 2,
    natGateways: 1,
    natGatewayProvider: instance ?? NatProvider.gateway({ eipAllocationIds: [address.attrAllocationId] }),
    subnetConfiguration: [
      { name: 'egress', subnetType: SubnetType.PUBLIC, cidrMask: 28, mapPublicIpOnLaunch: false },
      { name: 'deliver', subnetType: SubnetType.PRIVATE_WITH_EGRESS, cidrMask: 22 },
    ],
    gatewayEndpoints: {
      S3: { service: GatewayVpcEndpointAwsService.S3 },
      DynamoDB: { service: GatewayVpcEndpointAwsService.DYNAMODB },
    },
  });
  acknowledge(vpc, { 'AwsSolutions-VPC7': 'Each connection is in the ledger already, with the address it went to.' });
  if (instance !== null) settleInstance(stack, instance, address);
  new CfnOutput(stack, 'MailIp', {
    value: address.ref,
    description: 'Connections to port 25 come from it: set its PTR',
  });
  return vpc;
}

function natInstance(): NatInstanceProviderV2 {
  return NatProvider.instanceV2({
    instanceType: InstanceType.of(InstanceClass.T4G, InstanceSize.NANO),
    defaultAllowedTraffic: NatTrafficDirection.OUTBOUND_ONLY,
    associatePublicIpAddress: true,
  });
}

function settleInstance(stack: Stack, provider: NatInstanceProviderV2, address: CfnEIP): void {
  provider.connections.allowFrom(Peer.ipv4(addresses), Port.allTcp(), 'what the functions send');
  provider.connections.allowFrom(Peer.ipv4(addresses), Port.udp(53), 'their questions to name servers');
  const [gateway] = provider.gatewayInstances;
  if (gateway === undefined) throw new Error('The network has no NAT instance.');
  (gateway.node.defaultChild as CfnInstance).blockDeviceMappings = [
    { deviceName: '/dev/xvda', ebs: { encrypted: true, volumeType: 'gp3' } },
  ];
  new CfnEIPAssociation(stack, 'MailAddressOfInstance', {
    allocationId: address.attrAllocationId,
    instanceId: gateway.instanceId,
  });
  acknowledge(gateway, {
    'AwsSolutions-EC28': 'Detailed monitoring costs more than it shows of a machine that only forwards packets.',
    'AwsSolutions-EC29': 'It holds nothing; the stack makes another one, under the same address.',
  });
}
