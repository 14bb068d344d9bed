// Runs the adapter's image in avr8js, a second simulator written by others, as a cross-check of simavr. Boards as in
// boards.c. A host connects by TCP; the port is printed. Ends with its standard input.
//
//   node avr8.mjs IMAGE.hex [EDGES]     EDGES: each change of the stimulus lines, cycle and lines (hex)

import { createWriteStream, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { createRequire } from 'node:module';
import { performance } from 'node:perf_hooks';

const avr = createRequire(process.env.AVR8JS ? process.env.AVR8JS + '/x.js' : import.meta.url)('avr8js');
const UCSR0A = 0xc0, RXC0 = 0x80;
const F_CPU = 16e6, STEP = 1600, SLICE = 16000;
const V_THRESHOLD = 1.55, V_RESET = 0.34, V_REST = 1.0, V_FIRES = 1.75;
const TAU_MEM = 0.2, TAU_SYN = 0.05, SPIKE_WIDTH = 0.0159, CHARGE = 150;

function program(path) {
  const bytes = new Uint8Array(0x8000).fill(0xff);
  for (const line of readFileSync(path, 'ascii').split(/\r?\n/)) {
    const raw = Buffer.from(line.slice(1), 'hex');
    if (line[0] === ':' && raw[3] === 0) bytes.set(raw.subarray(4, 4 + raw[0]), raw.readUInt16BE(1));
  }
  return new Uint16Array(bytes.buffer);
}

const cpu = new avr.CPU(program(process.argv[2]));
new avr.AVRTimer(cpu, avr.timer0Config);
new avr.AVRTimer(cpu, avr.timer1Config);
new avr.AVREEPROM(cpu, new avr.EEPROMMemoryBackend(1024));
const ports = { B: new avr.AVRIOPort(cpu, avr.portBConfig), D: new avr.AVRIOPort(cpu, avr.portDConfig) };
const usart = new avr.AVRUSART(cpu, avr.usart0Config, F_CPU);
const adc = new avr.AVRADC(cpu, avr.adcConfig);
adc.avcc = 5;
adc.aref = 2.5;

const edges = process.argv[3] ? createWriteStream(process.argv[3]) : null;
let shifted = 0, lines = 0, before = 0;
ports.B.addListener((value) => {
  const rose = value & ~before;
  before = value;
  if (rose & 0x20) shifted = ((shifted << 1) | ((value >> 3) & 1)) & 0xffffff;
  if (rose & 0x04 && lines !== shifted) {
    lines = shifted;
    edges?.write(`${cpu.cycles} ${lines.toString(16)}\n`);
  }
});

const boards = Array.from({ length: 8 }, () => ({ v: V_REST, i: 0, left: 0 }));
let shown = 0;
const spikes = () => boards.reduce((bits, one, b) => bits | ((one.left > 0) << b), 0);
function show(bits) {
  for (let k = 0; k < 8; k++) {
    if (((bits ^ shown) >> k) & 1) ports[k < 6 ? 'D' : 'B'].setPin(k < 6 ? k + 2 : k - 6, !((bits >> k) & 1));
  }
  shown = bits;
}
for (let k = 0; k < 8; k++) ports[k < 6 ? 'D' : 'B'].setPin(k < 6 ? k + 2 : k - 6, true);

function step() {
  const fired = spikes(), dt = STEP / F_CPU;
  boards.forEach((one, b) => {
    let high = ((lines >> (3 * b)) & 1) + ((lines >> (3 * b + 1)) & 1) + ((lines >> (3 * b + 2)) & 1);
    if (b > 0) high += (fired >> (b - 1)) & 1;
    one.i += dt * (high * CHARGE - one.i / TAU_SYN);
    if (one.left > 0) {
      one.left -= dt;
      one.v = V_RESET;
    } else {
      one.v += (dt * ((b === 0 ? V_FIRES : V_REST) - one.v + one.i)) / TAU_MEM;
      if (one.v >= V_THRESHOLD) one.left = SPIKE_WIDTH;
    }
    adc.channelValues[b] = one.v;
  });
  show(spikes() | ((lines & 1) << 7));
}

let socket = null;
const incoming = [];
let outgoing = [];
usart.onByteTransmit = (byte) => outgoing.push(byte);
const server = createServer((one) => {
  socket?.destroy();
  socket = one;
  one.setNoDelay(true);
  one.on('data', (data) => incoming.push(...data));
  one.on('error', () => {});
  one.on('close', () => { if (socket === one) socket = null; });
});
server.listen(0, '127.0.0.1', () => process.stdout.write(`${server.address().port}\n`));
process.stdin.on('data', () => {});
process.stdin.on('end', () => { edges ? edges.end(() => process.exit(0)) : process.exit(0); });

let begun = performance.now(), nextStep = STEP;
function run() {
  const due = Math.min((performance.now() - begun) * 16000, cpu.cycles + 20 * SLICE);
  while (cpu.cycles < due) {
    const until = Math.min(cpu.cycles + 320, due);
    while (cpu.cycles < until) {
      avr.avrInstruction(cpu);
      cpu.tick();
    }
    if (cpu.cycles >= nextStep) {
      nextStep += STEP;
      step();
    }
    // Its receiver holds one byte where the chip's holds two: the next comes when that has been read.
    if (incoming.length && !(cpu.data[UCSR0A] & RXC0) && usart.writeByte(incoming[0]) === true) incoming.shift();
  }
  if ((performance.now() - begun) * 16000 - cpu.cycles > 8e6) begun = performance.now() - cpu.cycles / 16000;
  if (outgoing.length) {
    socket?.write(Buffer.from(outgoing));
    outgoing = [];
  }
  setTimeout(run, 1);
}
run();
