// Worked example: what client.js does, by connect-web over HTTP as a page in a browser would, in binary and in JSON; the run's
// progress is watched. Reads MAGPIE_HTTP and MAGPIE_TOKEN.
//   node connect.js DESCRIPTORS      (protoc --include_imports --descriptor_set_out)
'use strict';
const {readFileSync} = require('fs');
const {randomUUID} = require('crypto');
const {createFileRegistry, fromBinary} = require('@bufbuild/protobuf');
const {FileDescriptorSetSchema, anyUnpack} = require('@bufbuild/protobuf/wkt');
const {Code, createClient} = require('@connectrpc/connect');
const {createConnectTransport} = require('@connectrpc/connect-web');

const PARENT = 'workspaces/default';
const NEEDS = [['N1', '轴承磁场传感器', '需要测量轴承转速的磁场传感器'], ['N2', '印染废水处理', '需要印染废水脱色处理技术']];
const OFFERINGS = [['O1', '磁场传感器芯片', '用于轴承转速测量的磁场传感器'], ['O2', '废水脱色技术', '印染废水脱色处理工艺']];

// The types are read when the program starts; a page would rather have them generated (protoc-gen-es).
const registry = createFileRegistry(fromBinary(FileDescriptorSetSchema, readFileSync(process.argv[2])));

// Clients of the services, which send the token unless there is none.
function clients(useBinaryFormat, token) {
  const sign = (next) => (request) => {
    if (token) request.header.set('Authorization', `Bearer ${token}`);
    return next(request);
  };
  const transport = createConnectTransport(
      {baseUrl: `http://${process.env.MAGPIE_HTTP}`, useBinaryFormat, interceptors: [sign], jsonOptions: {registry}});
  const client = (name) => createClient(registry.getService(`magpie.v1.${name}`), transport);
  return {lists: client('CatalogueService'), matches: client('MatchService'), operations: client('OperationsService')};
}

function listings(rows) {
  return rows.map(([externalId, title, description]) => ({externalId, title, description}));
}

function show(error) {
  const code = Code[error.code].replace(/([a-z])([A-Z])/g, '$1_$2').toUpperCase();
  const [info] = error.findDetails(registry.getMessage('google.rpc.ErrorInfo'));
  console.log('error', code, ...(info && code !== 'UNAUTHENTICATED' ? [info.reason] : []));
}

async function main() {
  const {lists, matches, operations} = clients(true, process.env.MAGPIE_TOKEN);
  const json = clients(false, process.env.MAGPIE_TOKEN);

  const ids = [randomUUID(), randomUUID()];
  for (const [words, by] of [['created', lists], ['created again', json.lists]]) {
    const needs = await by.importNeeds({parent: PARENT, listings: listings(NEEDS), requestId: ids[0]});
    const offerings = await by.importOfferings({parent: PARENT, listings: listings(OFFERINGS), requestId: ids[1]});
    console.log(`${words} needs ${needs.createdCount}, offerings ${offerings.createdCount}`);
  }

  let pageToken = '';
  do {
    const page = await json.lists.listNeeds({parent: PARENT, pageSize: 1, pageToken});
    for (const need of page.listings) console.log('page', need.externalId);
    pageToken = page.nextPageToken;
  } while (pageToken);

  let operation = await matches.createMatchRun({parent: PARENT});
  for await (const now of operations.watchOperation({name: operation.name})) operation = now;
  if (operation.result.case === 'error') throw new Error(operation.result.value.message);
  const run = anyUnpack(operation.result.value, registry);
  console.log('run', registry.getEnum('magpie.v1.MatchRunState').value[run.state].name.replace('MATCH_RUN_STATE_', ''));
  const found = (await matches.listMatches({parent: run.name})).matches;
  found.sort((a, b) => a.needExternalId < b.needExternalId ? -1 : 1);
  for (const pair of found) console.log('pair', pair.needExternalId, pair.offeringExternalId);

  const unknown = {name: `${PARENT}/needs/unknown`};
  await json.lists.getNeed(unknown).catch(show);
  await clients(true, '').lists.getNeed(unknown).catch(show);
}

main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
