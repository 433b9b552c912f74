// SPDX-License-Identifier: Apache-2.0
import type { TopologySpec } from './topology.js';

export const POD = '10.20.30.11';
export const POD_CIDR = '10.20.30.0/24';
export const NODE = '192.168.10.2';
export const SECOND_NODE = '192.168.11.2';
// The pod CIDR is the cluster's: each node holds one half and announces that. So the second pod is inside the
// native-routing CIDR and yet behind another node.
export const SECOND_POD = '10.20.30.140';
// Inside 10.20.0.0/16, so that one wider native-routing CIDR can cover pods and database: Cilium 1.8 and 1.11 take one only.
export const DATABASE = '10.20.40.5';
export const DATABASE_PORT = 3306;

/** The node's device towards the pod, and the one where programs are attached. */
export const NODE_POD_DEVICE = 'lxc-pod';
export const NODE_DEVICE = 'eth0';

/** A pod has its address alone and a gateway on its node, as Cilium sets it up. */
const pod = {
  routes: [
    { to: '10.20.30.1', device: 'eth0' },
    { to: 'default', via: '10.20.30.1' },
  ],
};

export const incidentTopology: TopologySpec = {
  hosts: {
    pod,
    node: {
      forwards: true,
      routes: [
        { to: `${POD}/32`, device: NODE_POD_DEVICE },
        { to: 'default', via: '192.168.10.1' },
      ],
    },
    router: {
      forwards: true,
      // What the nodes announce over BGP.
      routes: [
        { to: '10.20.30.0/25', via: NODE },
        { to: '10.20.30.128/25', via: SECOND_NODE },
      ],
    },
    node2: {
      forwards: true,
      routes: [
        { to: `${SECOND_POD}/32`, device: 'lxc-pod2' },
        { to: 'default', via: '192.168.11.1' },
      ],
    },
    pod2: pod,
    database: { routes: [{ to: 'default', via: '10.20.40.1' }] },
  },
  links: [
    [
      { host: 'pod', device: 'eth0', addresses: [`${POD}/32`] },
      { host: 'node', device: NODE_POD_DEVICE, addresses: ['10.20.30.1/32'] },
    ],
    [
      { host: 'node', device: NODE_DEVICE, addresses: [`${NODE}/24`] },
      { host: 'router', device: 'to-node', addresses: ['192.168.10.1/24'] },
    ],
    [
      { host: 'node2', device: NODE_DEVICE, addresses: [`${SECOND_NODE}/24`] },
      { host: 'router', device: 'to-node2', addresses: ['192.168.11.1/24'] },
    ],
    [
      { host: 'pod2', device: 'eth0', addresses: [`${SECOND_POD}/32`] },
      { host: 'node2', device: 'lxc-pod2', addresses: ['10.20.30.1/32'] },
    ],
    [
      { host: 'database', device: 'eth0', addresses: [`${DATABASE}/24`] },
      { host: 'router', device: 'to-database', addresses: ['10.20.40.1/24'] },
    ],
  ],
};
