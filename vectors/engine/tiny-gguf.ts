// A tiny llama in GGUF (version 3): seeded random weights, so its text is noise, but its protocol, tokens,
// grammar and window are as real as any model's. Deterministic: the same seed gives the same bytes.

export interface TinyOptions {
  readonly seed?: number;
  /** Tokens that the model says it was trained on. */
  readonly window?: number;
  readonly template?: string;
  /** Never ends an answer by itself. */
  readonly endless?: boolean;
}

const DIM = 32;
/** Sixteen numbers a head: with fewer, the engine's fast paths don't apply. */
const HEADS = 2;
const LAYERS = 2;
const HIDDEN = 64;

const CHATML = `{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>' + '\\n' }}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}`;

/** Words whose prefixes become tokens, so that English and JSON take fewer tokens than bytes. */
const WORDS = `the and you are can for with this that file files folder read write list search edit move delete path name text line lines from content command workspace function functions description parameters properties string number integer boolean object required model tool tools call result user person true false null type json must only call not use when what which will have has was were is in it of to on at by be or as an if no so do up`.split(' ');

/** Builds the whole file, about half a megabyte. */
export function tinyGguf(options: TinyOptions = {}): Uint8Array {
  const tokens = vocabulary();
  const random = normal(options.seed ?? 1);
  const facts: [string, Value][] = [
    ['general.architecture', { text: 'llama' }],
    ['general.name', { text: 'tiny noise' }],
    ['llama.context_length', { u32: options.window ?? 8192 }],
    ['llama.embedding_length', { u32: DIM }],
    ['llama.block_count', { u32: LAYERS }],
    ['llama.feed_forward_length', { u32: HIDDEN }],
    ['llama.attention.head_count', { u32: HEADS }],
    ['llama.attention.layer_norm_rms_epsilon', { f32: 1e-5 }],
    ['llama.rope.dimension_count', { u32: DIM / HEADS }],
    ['tokenizer.ggml.model', { text: 'llama' }],
    ['tokenizer.ggml.pre', { text: 'default' }],
    ['tokenizer.ggml.tokens', { texts: tokens.map(({ text }) => text) }],
    ['tokenizer.ggml.scores', { f32s: tokens.map(({ score }) => score) }],
    ['tokenizer.ggml.token_type', { i32s: tokens.map(({ type }) => type) }],
    ['tokenizer.ggml.unknown_token_id', { u32: 0 }],
    ['tokenizer.ggml.bos_token_id', { u32: 1 }],
    ['tokenizer.ggml.eos_token_id', { u32: 2 }],
    ['tokenizer.ggml.add_space_prefix', { flag: false }],
    ['tokenizer.chat_template', { text: options.template ?? CHATML }],
  ];
  return encode(facts, tensors(tokens, random, options.endless ?? false));
}

interface Token {
  readonly text: string;
  readonly score: number;
  /** 1 normal, 2 unknown, 3 control, 6 byte. */
  readonly type: number;
}

function vocabulary(): readonly Token[] {
  const special = ['<unk>', '<s>', '</s>', '<|im_start|>', '<|im_end|>'].map((text, at) => ({ text, score: 0, type: at === 0 ? 2 : 3 }));
  const bytes = Array.from({ length: 256 }, (_, at) => ({ text: `<0x${at.toString(16).toUpperCase().padStart(2, '0')}>`, score: 0, type: 6 }));
  const pieces = new Set(Array.from({ length: 94 }, (_, at) => String.fromCharCode(33 + at)).concat('\u2581'));
  for (const word of WORDS.flatMap((plain) => [plain, `\u2581${plain}`])) {
    for (let end = 2; end <= word.length; end++) pieces.add(word.slice(0, end));
  }
  return [...special, ...bytes, ...[...pieces].map((text) => ({ text, score: text.length, type: 1 }))];
}

interface Tensor {
  readonly name: string;
  /** Fastest dimension first. */
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

function tensors(tokens: readonly Token[], random: () => number, endless: boolean): readonly Tensor[] {
  const make = (name: string, shape: readonly number[], scale: number): Tensor => {
    const data = new Float32Array(shape.reduce((a, b) => a * b, 1));
    for (let at = 0; at < data.length; at++) data[at] = random() * scale;
    return { name, shape, data };
  };
  const ones = (name: string): Tensor => ({ name, shape: [DIM], data: new Float32Array(DIM).fill(1) });
  const embedding = make('token_embd.weight', [DIM, tokens.length], 0.5);
  const output = make('output.weight', [DIM, tokens.length], 0.35);
  tokens.forEach(({ text, type }, at) => {
    // Dimension 0 is the same for every token, so it works as a bias: it makes strings, lists and answers end.
    embedding.data[at * DIM] = 2;
    output.data[at * DIM] = bias(text, type, endless);
  });
  const blocks = Array.from({ length: LAYERS }, (_, layer) => `blk.${layer}.`).flatMap((block) => [
    ones(`${block}attn_norm.weight`),
    ...['attn_q', 'attn_k', 'attn_v', 'attn_output'].map((name) => make(`${block}${name}.weight`, [DIM, DIM], 0.15)),
    ones(`${block}ffn_norm.weight`),
    make(`${block}ffn_gate.weight`, [DIM, HIDDEN], 0.15),
    make(`${block}ffn_up.weight`, [DIM, HIDDEN], 0.15),
    make(`${block}ffn_down.weight`, [HIDDEN, DIM], 0.15),
  ]);
  return [embedding, ...blocks, ones('output_norm.weight'), output];
}

function bias(text: string, type: number, endless: boolean): number {
  if (text === '"') return 0.95;
  if (text === '<|im_end|>' || text === '</s>') return endless ? -9 : 0.6;
  // No exponents: noise would write numbers that are past every number.
  return type === 1 && !/^[eE]$/.test(text) ? 0 : -2;
}

type Value =
  | { readonly text: string }
  | { readonly u32: number }
  | { readonly f32: number }
  | { readonly flag: boolean }
  | { readonly texts: readonly string[] }
  | { readonly f32s: readonly number[] }
  | { readonly i32s: readonly number[] };

const ALIGN = 32;
const little = (size: number, put: (view: DataView) => void): Uint8Array => {
  const bytes = new Uint8Array(size);
  put(new DataView(bytes.buffer));
  return bytes;
};
const u32 = (value: number): Uint8Array => little(4, (view) => view.setUint32(0, value, true));
const u64 = (value: number): Uint8Array => little(8, (view) => view.setBigUint64(0, BigInt(value), true));
const text = (value: string): Uint8Array[] => {
  const bytes = new TextEncoder().encode(value);
  return [u64(bytes.length), bytes];
};

function valueBytes(value: Value): Uint8Array[] {
  if ('text' in value) return [u32(8), ...text(value.text)];
  if ('u32' in value) return [u32(4), u32(value.u32)];
  if ('f32' in value) return [u32(6), little(4, (view) => view.setFloat32(0, value.f32, true))];
  if ('flag' in value) return [u32(7), Uint8Array.of(Number(value.flag))];
  if ('texts' in value) return [u32(9), u32(8), u64(value.texts.length), ...value.texts.flatMap(text)];
  if ('f32s' in value) return [u32(9), u32(6), u64(value.f32s.length), new Uint8Array(Float32Array.from(value.f32s).buffer)];
  return [u32(9), u32(5), u64(value.i32s.length), new Uint8Array(Int32Array.from(value.i32s).buffer)];
}

function encode(facts: readonly [string, Value][], all: readonly Tensor[]): Uint8Array {
  const parts = [new TextEncoder().encode('GGUF'), u32(3), u64(all.length), u64(facts.length)];
  for (const [key, value] of facts) parts.push(...text(key), ...valueBytes(value));
  let offset = 0;
  for (const { name, shape, data } of all) {
    parts.push(...text(name), u32(shape.length), ...shape.map(u64), u32(0), u64(offset));
    offset += Math.ceil(data.byteLength / ALIGN) * ALIGN;
  }
  const head = parts.reduce((sum, part) => sum + part.length, 0);
  parts.push(new Uint8Array((ALIGN - (head % ALIGN)) % ALIGN));
  for (const { data } of all) parts.push(new Uint8Array(data.buffer), new Uint8Array((ALIGN - (data.byteLength % ALIGN)) % ALIGN));
  // Not a Buffer, whose slices would share memory.
  return new Uint8Array(Buffer.concat(parts));
}

/** Roughly normal numbers from a seeded 32-bit generator (mulberry32). */
function normal(seed: number): () => number {
  let state = seed >>> 0;
  const uniform = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  };
  return () => uniform() + uniform() + uniform() + uniform() - 2;
}
