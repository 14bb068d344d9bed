// Runs the adapter's image in avr8js, a second simulator written by others, as a cross-check of simavr. A
// host connects by TCP; the port is printed.
//
//   node avr8.mjs IMAGE.hex [EDGES]     EDGES: each change of the stimulus lines, cycle and lines (hex)

import { createWriteStream, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { performance } from 'node:perf_hooks';
import { endWithInput, Host, Registers, STEP_S, Table } from './table.mjs';

const avr = createRequire(process.env.SIMULATORS ? process.env.SIMULATORS + '/x.js' : import.meta.url)('avr8js');
const UCSR0A = 0xc0, RXC0 = 0x80;
const F_CPU = 16e6, STEP = STEP_S * F_CPU, SLICE = 16000;
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
const registers = new Registers((lines) => edges?.write(`${cpu.cycles} ${lines.toString(16)}\n`));
let before = 0;
ports.B.addListener((value) => {
  const rose = value & ~before;
  before = value;
  if (rose & 0x20) registers.clock((value >> 3) & 1);
  if (rose & 0x04) registers.latch();
});

const table = new Table();
let shown = 0;
function show(bits) {
  for (let k = 0; k < 8; k++) {
    if (((bits ^ shown) >> k) & 1) ports[k < 6 ? 'D' : 'B'].setPin(k < 6 ? k + 2 : k - 6, !((bits >> k) & 1));
  }
  shown = bits;
}
for (let k = 0; k < 8; k++) ports[k < 6 ? 'D' : 'B'].setPin(k < 6 ? k + 2 : k - 6, true);

function step() {
  table.step(registers.lines);
  table.boards.forEach((one, b) => { adc.channelValues[b] = one.v; });
  show(table.spikes | ((registers.lines & 1) << 7));
}

const incoming = [];
const host = new Host((data) => incoming.push(...data));
usart.onByteTransmit = (byte) => host.send([byte]);
endWithInput(edges);

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
  host.flush();
  setTimeout(run, 1);
}
run();
