// The part of node-llama-cpp (3.21) that the engine process uses, as types of our own, because the library is
// an optional install outside our dependencies. Only the engine's child process ever loads it.
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Fault, systemCode, wordsOf } from '../model/fault.ts';

export interface Library {
  getLlama(options: {
    readonly gpu: false;
    readonly build: 'never';
    readonly skipDownload: true;
    readonly progressLogs: false;
    readonly maxThreads?: number;
    readonly logLevel: string;
    readonly logger: (level: string, message: string) => void;
  }): Promise<Llama>;
  resolveChatWrapper(model: LlamaModel, options: { readonly warningLogs: boolean }): ChatWrapper;
  LlamaText(parts: readonly string[]): RichText;
  readonly LlamaChat: new (options: { readonly contextSequence: Sequence; readonly chatWrapper: ChatWrapper; readonly autoDisposeSequence: boolean }) => LlamaChat;
}

export interface Llama {
  loadModel(options: { readonly modelPath: string; readonly gpuLayers: number; readonly onLoadProgress: (part: number) => void }): Promise<LlamaModel>;
}

export interface LlamaModel {
  /** Tokens. */
  readonly trainContextSize: number;
  readonly tokenizer: unknown;
  createContext(options: { readonly contextSize: { readonly min: number; readonly max: number }; readonly sequences: 1; readonly threads?: number }): Promise<{
    readonly contextSize: number;
    getSequence(): Sequence;
  }>;
}

export interface Sequence {
  readonly tokenMeter: { getState(): MeterState; diff(before: MeterState): MeterState };
  clearHistory(): Promise<void>;
}

export interface MeterState {
  readonly usedInputTokens: number;
  readonly usedOutputTokens: number;
}

export interface RichText {
  tokenize(tokenizer: unknown): readonly number[];
}

export interface ChatWrapper {
  generateContextState(options: ContextOptions): ContextState;
}

export interface ContextOptions {
  readonly chatHistory: readonly HistoryItem[];
  readonly availableFunctions: Functions | undefined;
  readonly documentFunctionParams: boolean;
}

export interface ContextState {
  readonly contextText: RichText;
  readonly stopGenerationTriggers: readonly RichText[];
  /** Told to the library only when a call is forced: go straight into a function call. */
  readonly noPrefixTrigger?: { readonly type: 'functionCall'; readonly inject: RichText };
}

export type HistoryItem =
  | { readonly type: 'system'; readonly text: string }
  | { readonly type: 'user'; readonly text: string }
  | { readonly type: 'model'; readonly response: readonly (string | HistoryCall)[] };

export interface HistoryCall {
  readonly type: 'functionCall';
  readonly name: string;
  readonly params: unknown;
  readonly result: unknown;
  readonly startsNewChunk: boolean;
}

export interface Functions {
  readonly [name: string]: { readonly description: string; readonly params?: GrammarSchema };
}

/** The dialect of JSON schema from which the library makes a grammar; every property is always written. */
export type GrammarSchema = { readonly description?: string } & (
  | { readonly type: 'string' | 'number' | 'integer' | 'boolean' | 'null' }
  | { readonly enum: readonly (string | number | boolean | null)[] }
  | { readonly oneOf: readonly GrammarSchema[] }
  | { readonly type: 'array'; readonly items?: GrammarSchema }
  | { readonly type: 'object'; readonly properties: { readonly [key: string]: GrammarSchema }; readonly additionalProperties: boolean }
);

export interface LlamaChat {
  generateResponse(history: readonly HistoryItem[], options: GenerateOptions): Promise<Generated>;
  dispose(options: { readonly disposeSequence: boolean }): void;
}

export interface GenerateOptions {
  readonly functions: Functions | undefined;
  readonly documentFunctionParams: true | undefined;
  readonly maxParallelFunctionCalls: number | undefined;
  readonly maxTokens: number;
  readonly temperature: number;
  readonly seed: number | undefined;
  readonly signal: AbortSignal;
  readonly stopOnAbortSignal: true;
  readonly onResponseChunk: (chunk: { readonly type: 'segment' | undefined; readonly text: string }) => void;
  readonly onFunctionCall: ((call: { readonly functionName: string; readonly params: unknown }) => void) | undefined;
  readonly contextShift: { readonly size: () => number };
}

export interface Generated {
  readonly metadata: { readonly stopReason: 'eogToken' | 'stopGenerationTrigger' | 'maxTokens' | 'functionCalls' | 'abort' | 'customStopTrigger' };
}

/** Loads the library from a folder that holds `node_modules`. Throws `engine.absent` or `engine.broken`. */
export async function loadLibrary(folder: string): Promise<Library> {
  const entry = join(folder, 'node_modules', 'node-llama-cpp', 'dist', 'index.js');
  try {
    return (await import(pathToFileURL(entry).href)) as Library;
  } catch (error) {
    const absent = ['ERR_MODULE_NOT_FOUND', 'ENOENT'].includes(systemCode(error));
    throw new Fault(absent ? 'engine.absent' : 'engine.broken', `the engine could not be loaded: ${wordsOf(error)}`, 'Install the engine again.', { cause: error });
  }
}
