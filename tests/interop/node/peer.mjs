// SPDX-License-Identifier: MIT OR Apache-2.0
// A real iroh peer (npm package @number0/iroh) that speaks the protocol of tests/interop/README.md over stdin and stdout.

import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';

// IROH_NODE_MODULES is the folder into which ./dev installed the package; sources stay free of node_modules.
const require = createRequire(process.env.IROH_NODE_MODULES ? process.env.IROH_NODE_MODULES + '/x.js' : import.meta.url);
const iroh = require('@number0/iroh');

const CHUNK = 64 * 1024;
const BLOCK = Buffer.from(Array.from({ length: CHUNK + 251 }, (_, i) => i % 251));
// The binding takes arrays of numbers: one array per phase of the pattern, made once.
const FULL_CHUNKS = new Map();

const emit = (members) => process.stdout.write(JSON.stringify(members) + '\n');
const idHex = (id) => Buffer.from(id.toBytes()).toString('hex');
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const bytesOf = (text) => [...Buffer.from(text)];

const pattern = (offset, size) => BLOCK.subarray(offset % 251, (offset % 251) + size);

function patternArray(offset, size) {
  if (size !== CHUNK) return [...pattern(offset, size)];
  if (!FULL_CHUNKS.has(offset % 251)) FULL_CHUNKS.set(offset % 251, [...pattern(offset, size)]);
  return FULL_CHUNKS.get(offset % 251);
}

function* patternSteps(size) {
  for (let offset = 0; offset < size; offset += CHUNK) yield [offset, Math.min(CHUNK, size - offset)];
}

function patternSha256(size) {
  const hash = createHash('sha256');
  for (const [offset, length] of patternSteps(size)) hash.update(pattern(offset, length));
  return hash.digest('hex');
}

async function writePattern(send, size) {
  for (const [offset, length] of patternSteps(size)) await send.writeAll(patternArray(offset, length));
}

// Yields arrays of numbers until FIN; the binding answers an empty read at the end of the stream.
async function* readChunks(recv) {
  for (;;) {
    const part = await recv.read(CHUNK);
    if (part.length === 0) return;
    yield part;
  }
}

async function countAndHash(recv) {
  const hash = createHash('sha256');
  let count = 0;
  for await (const part of readChunks(recv)) {
    hash.update(Buffer.from(part));
    count += part.length;
  }
  return { count, hash: hash.digest() };
}

async function sink(recv) {
  const { count, hash } = await countAndHash(recv);
  const length = Buffer.alloc(8);
  length.writeBigUInt64BE(BigInt(count));
  return [...length, ...hash];
}

// The innermost cause: the lines above it name source positions, those below it are a backtrace.
const textOf = (error) => String(error?.message ?? error).split('\n\nStack backtrace')[0].trim().split('\n').pop().trim();

// The binding only gives texts; a TLS alert appears by its number where it appears at all.
function quicCode(text) {
  const match = /the cryptographic handshake failed: error (\d+)/.exec(text);
  return match ? 0x100 + Number(match[1]) : null;
}

// Turns the text of Connection.closed() into by, code and reason.
function closedMembers(text) {
  const match = /^closed by peer: (?:([^]*) \(code (\d+)\)|(\d+))$/.exec(text);
  if (match) return { by: 'peer', code: Number(match[2] ?? match[3]), reason: match[1] ?? '' };
  if (text === 'closed') return { by: 'local', code: null, reason: '' };
  if (text === 'timed out') return { by: 'timeout', code: null, reason: '' };
  return { by: /aborted by peer|error/.test(text) ? 'transport' : 'other', code: quicCode(text), reason: text };
}

class Peer {
  connections = new Set();
  closedLocally = new Map();

  constructor(options) {
    this.options = options;
    this.settings = Object.fromEntries(options.set.map((setting) => setting.split('=')));
  }

  async bind() {
    const builder = iroh.Endpoint.builder();
    iroh.presetMinimal(builder);
    builder.relayMode(iroh.RelayMode.disabled());
    builder.alpns(this.options.alpn.map(bytesOf));
    builder.bindAddr(this.options.bind);
    if (this.options['secret-hex']) builder.secretKey([...Buffer.from(this.options['secret-hex'], 'hex')]);
    this.endpoint = await builder.bind();
    const addr = this.endpoint.boundSockets().find((socket) => !socket.startsWith('['));
    const own = new iroh.EndpointAddr(this.endpoint.id(), null, [addr]);
    emit({ event: 'ready', id: idHex(this.endpoint.id()), addr, ticket: iroh.EndpointTicket.fromAddr(own).toString() });
  }

  async closeReason(connection) {
    const members = closedMembers(await connection.closed());
    if (members.by !== 'local') return members;
    const [code, reason] = this.closedLocally.get(connection) ?? [0, ''];
    return { by: 'local', code, reason };
  }

  close(connection, code, reason) {
    this.closedLocally.set(connection, [code, reason]);
    connection.close(BigInt(code), bytesOf(reason));
  }

  async quit() {
    for (const connection of this.connections) this.close(connection, 0, '');
    await this.endpoint.close();
  }
}

class Server extends Peer {
  async acceptLoop() {
    for (let incoming; (incoming = await this.endpoint.acceptNext()); ) this.serve(incoming);
  }

  async serve(incoming) {
    if (this.settings.retry === '1' && !(await incoming.remoteAddrValidated())) {
      await incoming.retry();
      emit({ event: 'retry_sent' });
      return;
    }
    let connection;
    try {
      connection = await (await incoming.accept()).connect();
    } catch (error) {
      emit({ event: 'incoming_failed', error: textOf(error) });
      return;
    }
    this.connections.add(connection);
    emit({ event: 'connected', remote_id: idHex(connection.remoteId()), alpn: Buffer.from(connection.alpn()).toString() });
    for (const loop of [this.biLoop, this.uniLoop, this.datagramLoop]) loop.call(this, connection).catch(() => {});
    const members = await this.closeReason(connection);
    this.connections.delete(connection);
    emit({ event: 'closed', ...members });
  }

  async biLoop(connection) {
    for (;;) {
      const { send, recv } = await connection.acceptBi();
      this.guarded(this.biStream(send, recv));
    }
  }

  async uniLoop(connection) {
    for (;;) this.guarded(this.uniStream(connection, await connection.acceptUni()));
  }

  async datagramLoop(connection) {
    for (;;) connection.sendDatagram(await connection.readDatagram());
  }

  async guarded(promise) {
    try {
      await promise;
    } catch (error) {
      process.stderr.write(`stream ended: ${textOf(error)}\n`);
    }
  }

  async biStream(send, recv) {
    const service = String.fromCharCode(...(await recv.readExact(1)));
    if (service === 'E') {
      for await (const part of readChunks(recv)) await send.writeAll(part);
    } else if (service === 'S') {
      await send.writeAll(await sink(recv));
    } else if (service === 'G') {
      await writePattern(send, await readU64(recv));
    } else if (service === 'R') {
      const code = await readU64(recv);
      await send.writeAll(patternArray(0, 1000));
      await send.reset(BigInt(code));
      return;
    } else if (service === 'P') {
      await recv.stop(BigInt(await readU64(recv)));
    } else if (service === 'H') {
      await half(send, recv);
      return;
    } else if (service === 'W') {
      await Promise.all([writeUntilStopped(send), watch(recv)]);
      return;
    } else {
      await recv.stop(1n);
      await send.reset(1n);
      return;
    }
    await send.finish();
    await send.stopped();
  }

  async uniStream(connection, recv) {
    const answer = await sink(recv);
    const send = await connection.openUni();
    await send.writeAll(answer);
    await send.finish();
    await send.stopped();
  }

  async operation(request) {
    const connections = [...this.connections];
    if (request.op === 'close') {
      for (const connection of connections) this.close(connection, request.code, request.reason);
    } else if (request.op === 'limits') {
      for (const connection of connections) connection.setMaxConcurrentBiStreams(BigInt(request.bi));
    } else if (request.op === 'stats') {
      return { ok: true, ...stats(connections.at(-1)) };
    } else {
      throw new Error('unknown operation');
    }
    return { ok: true, connections: connections.length };
  }
}

const readU64 = async (recv) => Number(Buffer.from(await recv.readExact(8)).readBigUInt64BE());

function u64(value) {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(value));
  return bytes;
}

// Our direction ends first, the other goes on.
async function half(send, recv) {
  await send.writeAll(bytesOf('half'));
  await send.finish();
  const { count, hash } = await countAndHash(recv);
  emit({ event: 'half', bytes: count, sha256: hash.toString('hex') });
}

// The code of a stream that the peer has reset or stopped; a stream error without one is not from the peer.
function streamCode(text) {
  const match = /(?:Reset|Stopped)\((\d+)\)|by peer: error (\d+)/.exec(text);
  return match ? Number(match[1] ?? match[2]) : null;
}

async function watch(recv) {
  try {
    for await (const _ of readChunks(recv));
  } catch (error) {
    emit({ event: 'reset', code: streamCode(textOf(error)), error: textOf(error) });
  }
}

async function writeUntilStopped(send) {
  try {
    for (;;) await send.writeAll(patternArray(0, CHUNK));
  } catch (error) {
    emit({ event: 'stopped', code: streamCode(textOf(error)) });
  }
}

function stats(connection) {
  const paths = connection.paths().map((path) => ({
    id: path.id,
    remote: path.remoteAddr,
    is_selected: path.isSelected,
    tx_bytes: path.stats.udpTxBytes,
    rx_bytes: path.stats.udpRxBytes,
  }));
  return { paths };
}

class Client extends Peer {
  connection = null;

  async operation(request) {
    const method = CLIENT_OPERATIONS[request.op];
    if (!method) throw new Error('unknown operation');
    if (!['connect', 'connections'].includes(request.op) && !this.connection) throw new Error('not connected');
    return method.call(this, request);
  }

  async open(service) {
    const stream = await this.connection.openBi();
    await stream.send.writeAll([...Buffer.from(service)]);
    return stream;
  }
}

// Writes the pattern and reads the echo at the same time.
async function echo(stream, size) {
  const { send, recv } = stream;
  const write = async () => {
    await writePattern(send, size);
    await send.finish();
  };
  const [answer] = await Promise.all([countAndHash(recv), write()]);
  return { count: answer.count, hash: answer.hash.toString('hex') };
}

function sinkResult(size, answer) {
  const own = patternSha256(size);
  const bytes = Buffer.from(answer);
  const peerBytes = Number(bytes.readBigUInt64BE());
  const peerSha256 = bytes.subarray(8).toString('hex');
  return { ok: peerBytes === size && peerSha256 === own, bytes: size, sha256: own, peer_bytes: peerBytes, peer_sha256: peerSha256 };
}

const CLIENT_OPERATIONS = {
  async connect(request) {
    if (this.connection) this.close(this.connection, 0, '');
    this.connection = null;
    const remote = iroh.EndpointId.fromString(request.id ?? this.options.id);
    const address = new iroh.EndpointAddr(remote, null, [request.addr ?? this.options.addr]);
    try {
      this.connection = await this.endpoint.connect(address, bytesOf(request.alpn ?? this.options.alpn[0]));
    } catch (error) {
      return { ok: false, error: textOf(error), code: quicCode(textOf(error)) };
    }
    this.connections.add(this.connection);
    return { ok: true, remote_id: idHex(this.connection.remoteId()), alpn: Buffer.from(this.connection.alpn()).toString() };
  },

  async echo(request) {
    const stream = await this.connection.openBi();
    await stream.send.writeAll(bytesOf('E'));
    const { count, hash } = await echo(stream, request.bytes);
    return { ok: count === request.bytes && hash === patternSha256(count), bytes: count, sha256: hash };
  },

  async upload(request) {
    const { send, recv } = await this.connection.openBi();
    await send.writeAll(bytesOf('S'));
    await writePattern(send, request.bytes);
    await send.finish();
    return sinkResult(request.bytes, await recv.readToEnd(64));
  },

  async uni(request) {
    const send = await this.connection.openUni();
    await writePattern(send, request.bytes);
    await send.finish();
    const recv = await this.connection.acceptUni();
    return sinkResult(request.bytes, await recv.readToEnd(64));
  },

  async download(request) {
    const { send, recv } = await this.connection.openBi();
    await send.writeAll([...Buffer.from('G'), ...u64(request.bytes)]);
    await send.finish();
    const { count, hash } = await countAndHash(recv);
    const sha256 = hash.toString('hex');
    return { ok: count === request.bytes && sha256 === patternSha256(count), bytes: count, sha256 };
  },

  async parallel(request) {
    const streams = [];
    for (let i = 0; i < request.streams; i++) streams.push(await this.connection.openBi());
    for (const { send } of streams) await send.writeAll(bytesOf('E'));
    const expected = patternSha256(request.bytes);
    const answers = await Promise.all(streams.map((stream) => echo(stream, request.bytes)));
    const complete = answers.filter(({ count, hash }) => count === request.bytes && hash === expected).length;
    return { ok: complete === streams.length, streams: complete };
  },

  // `streams` echo streams in all, `at_once` at a time.
  async many(request) {
    let left = request.streams;
    let complete = 0;
    const worker = async () => {
      while (left-- > 0) {
        const { ok } = await CLIENT_OPERATIONS.echo.call(this, request);
        complete += ok;
      }
    };
    await Promise.all(Array.from({ length: request.at_once }, worker));
    return { ok: complete === request.streams, streams: complete };
  },

  // Opens `streams` streams; the next one must wait until all but one of them are over.
  async fill(request) {
    const streams = [];
    for (let i = 0; i < request.streams; i++) streams.push(await this.open('E'));
    let isOpen = false;
    const following = this.open('E').then(() => (isOpen = true));
    // Round trips: the peer had every chance to give more credit.
    const { send, recv } = streams.at(-1);
    for (let i = 0; i < 3; i++) {
      await send.writeAll(bytesOf('x'));
      await recv.readExact(1);
    }
    if (isOpen) return { ok: false, error: 'the stream limit does not hold' };
    for (const stream of streams.slice(0, -1)) await echo(stream, 10);
    await Promise.race([following, sleep(10_000)]);
    if (!isOpen) return { ok: false, error: 'no new stream' };
    return { ok: true, streams: streams.length + 1 };
  },

  async reset_by_peer(request) {
    const { send, recv } = await this.open(Buffer.concat([Buffer.from('R'), u64(request.code)]));
    await send.finish();
    try {
      await countAndHash(recv);
    } catch (error) {
      const code = streamCode(textOf(error));
      return { ok: code === request.code, code };
    }
    return { ok: false, error: 'not reset' };
  },

  async stop_by_peer(request) {
    const { send } = await this.open(Buffer.concat([Buffer.from('P'), u64(request.code)]));
    const code = await send.stopped();
    return { ok: code === request.code, code };
  },

  async abort(request) {
    const { send, recv } = await this.open(Buffer.concat([Buffer.from('W'), pattern(0, 1000)]));
    await recv.readExact(1000);
    await send.reset(BigInt(request.reset));
    await recv.stop(BigInt(request.stop));
    return { ok: true };
  },

  async half(request) {
    const { send, recv } = await this.open('H');
    const answer = Buffer.from(await recv.readToEnd(64)).toString();
    await writePattern(send, request.bytes);
    await send.finish();
    const code = await send.stopped();
    return { ok: answer === 'half' && code === null, sha256: patternSha256(request.bytes) };
  },

  // Further connections, all at the same time, each with one echo.
  async connections(request) {
    const remote = iroh.EndpointId.fromString(this.options.id);
    const address = new iroh.EndpointAddr(remote, null, [this.options.addr]);
    const expected = patternSha256(request.bytes);
    const one = async () => {
      const connection = await this.endpoint.connect(address, bytesOf(this.options.alpn[0]));
      const stream = await connection.openBi();
      await stream.send.writeAll(bytesOf('E'));
      const { count, hash } = await echo(stream, request.bytes);
      return { connection, equal: count === request.bytes && hash === expected };
    };
    const answers = await Promise.all(Array.from({ length: request.count }, one));
    for (const { connection } of answers) connection.close(0n, []);
    const complete = answers.filter(({ equal }) => equal).length;
    return { ok: complete === request.count, connections: complete };
  },

  // The largest datagram comes back, one byte more is refused.
  async datagram_limits() {
    for (;;) {
      const largest = this.connection.maxDatagramSize();
      let refused = false;
      try {
        this.connection.sendDatagram([...pattern(0, largest + 1)]);
      } catch {
        refused = true;
      }
      if (this.connection.maxDatagramSize() !== largest) continue; // MTU discovery moved the limit
      const result = await CLIENT_OPERATIONS.datagrams.call(this, { count: 1, bytes: largest });
      return { ...result, ok: refused && result.ok && result.received === 1, refused, bytes: largest };
    }
  },

  async stats() {
    return { ok: true, ...stats(this.connection) };
  },

  async datagrams(request) {
    let received = 0;
    let equal = true;
    for (let number = 0; number < request.count; number++) {
      const datagram = Buffer.concat([Buffer.alloc(4), pattern(0, request.bytes - 4)]);
      datagram.writeUInt32BE(number);
      this.connection.sendDatagram([...datagram]);
      const answer = await Promise.race([this.connection.readDatagram(), sleep(1000)]);
      if (!answer) continue;
      equal &&= datagram.equals(Buffer.from(answer));
      received++;
    }
    return { ok: equal, sent: request.count, received, max_size: this.connection.maxDatagramSize() };
  },

  async idle(request) {
    await sleep(request.seconds * 1000);
    const open = this.connection.closeReason() === null;
    return { ok: open, open };
  },

  async close(request) {
    this.close(this.connection, request.code, request.reason);
    return { ok: true };
  },

  async wait_closed(request) {
    const late = sleep(request.seconds * 1000).then(() => {
      throw new Error('still open');
    });
    return { ok: true, ...(await Promise.race([this.closeReason(this.connection), late])) };
  },
};

async function handle(peer, line) {
  const begin = performance.now();
  let request = {};
  let result;
  try {
    request = JSON.parse(line);
    if (request.op === 'quit') {
      emit({ op: 'quit', ok: true });
      return false;
    }
    result = await peer.operation(request);
  } catch (error) {
    result = { ok: false, error: textOf(error) };
  }
  emit({ op: request.op ?? null, ms: Math.round((performance.now() - begin) * 1000) / 1000, ...result });
  return true;
}

function parseArguments() {
  const text = { type: 'string' };
  const { values, positionals } = parseArgs({
    options: {
      alpn: { ...text, multiple: true },
      set: { ...text, multiple: true, default: [] },
      id: text,
      addr: text,
      'secret-hex': text,
      bind: { ...text, default: '127.0.0.1:0' },
    },
    allowPositionals: true,
  });
  const needed = { serve: ['alpn'], connect: ['alpn', 'id', 'addr'] }[positionals[0]];
  if (!needed?.every((name) => name in values)) throw new Error('usage: peer.mjs serve|connect --alpn TEXT [--id HEX --addr IP:PORT]');
  return [positionals[0], values];
}

async function main([role, options]) {
  const peer = role === 'serve' ? new Server(options) : new Client(options);
  await peer.bind();
  if (role === 'serve') peer.acceptLoop();
  for await (const line of createInterface({ input: process.stdin })) if (!(await handle(peer, line))) break;
  await peer.quit();
}

let parsed;
try {
  parsed = parseArguments();
} catch (error) {
  process.stderr.write(error.message + '\n');
  process.exit(2);
}
main(parsed).then(
  () => process.exit(0),
  (error) => {
    process.stderr.write(`peer: ${textOf(error)}\n`);
    process.exit(1);
  },
);
