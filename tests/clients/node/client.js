// Worked example: lists, a match run and an error by @grpc/grpc-js. Reads MAGPIE_ADDRESS and MAGPIE_TOKEN.
//   node client.js PROTO_FOLDER GOOGLEAPIS_FOLDER
'use strict';
const {randomUUID} = require('crypto');
const grpc = require('@grpc/grpc-js');
const loader = require('@grpc/proto-loader');

const PARENT = 'workspaces/default';
const NEEDS = [['N1', '轴承磁场传感器', '需要测量轴承转速的磁场传感器'], ['N2', '印染废水处理', '需要印染废水脱色处理技术']];
const OFFERINGS = [['O1', '磁场传感器芯片', '用于轴承转速测量的磁场传感器'], ['O2', '废水脱色技术', '印染废水脱色处理工艺']];

// 64-bit numbers become texts, enums their names, and an Any that the files describe its message.
const files = ['catalogue_service', 'match_service', 'operations'].map((name) => `magpie/v1/${name}.proto`);
const definition = loader.loadSync([...files, 'google/rpc/status.proto', 'google/rpc/error_details.proto'],
    {includeDirs: process.argv.slice(2), keepCase: true, longs: String, enums: String, defaults: true, oneofs: true});
const api = grpc.loadPackageDefinition(definition).magpie.v1;

const signed = new grpc.Metadata();
signed.set('authorization', `Bearer ${process.env.MAGPIE_TOKEN}`);

function client(service) {
  return new api[service](process.env.MAGPIE_ADDRESS, grpc.credentials.createInsecure());
}

function call(stub, method, request, metadata = signed) {
  return new Promise((resolve, reject) => {
    stub[method](request, metadata, {deadline: Date.now() + 30_000}, (error, reply) => error ? reject(error) : resolve(reply));
  });
}

// What an Any holds, as `name`; undefined if it holds something else.
function unpack(any, name) {
  return any.type_url.endsWith('/' + name) ? definition[name].deserialize(any.value) : undefined;
}

// The reason that stands in the details of an error.
function reason(error) {
  const [bytes] = error.metadata.get('grpc-status-details-bin');
  if (!bytes) return undefined;
  const {details} = definition['google.rpc.Status'].deserialize(bytes);
  return details.map((detail) => unpack(detail, 'google.rpc.ErrorInfo')).find((info) => info)?.reason;
}

function listings(rows) {
  return rows.map(([external_id, title, description]) => ({external_id, title, description}));
}

async function main() {
  const lists = client('CatalogueService'), matches = client('MatchService'), operations = client('OperationsService');

  // A request_id makes a write safe to send again: the second answer is the first one.
  const ids = [randomUUID(), randomUUID()];
  for (const words of ['created', 'created again']) {
    const needs = await call(lists, 'ImportNeeds', {parent: PARENT, listings: listings(NEEDS), request_id: ids[0]});
    const offerings =
        await call(lists, 'ImportOfferings', {parent: PARENT, listings: listings(OFFERINGS), request_id: ids[1]});
    console.log(`${words} needs ${needs.created_count}, offerings ${offerings.created_count}`);
  }

  let page_token = '';
  do {
    const page = await call(lists, 'ListNeeds', {parent: PARENT, page_size: 1, page_token});
    for (const need of page.listings) console.log('page', need.external_id);
    page_token = page.next_page_token;
  } while (page_token);

  let operation = await call(matches, 'CreateMatchRun', {parent: PARENT});
  while (!operation.done) operation = await call(operations, 'WaitOperation', {name: operation.name});
  if (operation.error) throw new Error(operation.error.message);
  const run = unpack(operation.response, 'magpie.v1.MatchRun');
  console.log('run', run.state.replace('MATCH_RUN_STATE_', ''));
  const found = (await call(matches, 'ListMatches', {parent: run.name})).matches;
  found.sort((a, b) => a.need_external_id < b.need_external_id ? -1 : 1);
  for (const pair of found) console.log('pair', pair.need_external_id, pair.offering_external_id);

  const unknown = {name: `${PARENT}/needs/unknown`};
  await call(lists, 'GetNeed', unknown).catch((error) => console.log('error', grpc.status[error.code], reason(error)));
  await call(lists, 'GetNeed', unknown, new grpc.Metadata())
      .catch((error) => console.log('error', grpc.status[error.code]));
  for (const stub of [lists, matches, operations]) stub.close();
}

main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
