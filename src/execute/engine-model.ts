// One model, loaded, with one context: counts a prompt's tokens and generates. It refuses to shift the context:
// a prompt that doesn't fit is an error and an answer that fills the window ends with `length`, never a silent cut.
import { Fault } from '../model/fault.ts';
import type { ChatRequest } from './engine-chat.ts';
import type { ChatWrapper, ContextOptions, ContextState, Library, LlamaModel, Sequence } from './engine-library.ts';

export interface ModelOptions {
  readonly path: string;
  /** Most tokens of context to make room for; less if memory or the model's training says so. */
  readonly window: number;
  readonly threads?: number;
  /** Used where a request has no seed of its own. */
  readonly seed?: number;
}

export type Part = { readonly type: 'text' | 'reasoning'; readonly text: string } | { readonly type: 'call'; readonly name: string; readonly params: unknown };
export type Finish = 'stop' | 'length' | 'tool_calls' | 'cancelled';

export interface Engine {
  /** Tokens. */
  readonly window: number;
  countPrompt(request: ChatRequest): number;
  /** @param room tokens that the answer may take at most. */
  generate(request: ChatRequest, options: { readonly mustCall: boolean; readonly room: number; readonly signal: AbortSignal; readonly onPart: (part: Part) => void }): Promise<{ readonly finish: Finish; readonly tokens: number }>;
}

const TEMPERATURE = 0.7;
const SMALLEST = 512;

/** Loads the weights. Throws `engine.model` when the file is broken or there isn't the memory for it. */
export async function loadEngine(library: Library, options: ModelOptions, onProgress: (part: number) => void): Promise<Engine> {
  const threads = options.threads === undefined ? {} : { threads: options.threads };
  const said: string[] = [];
  try {
    const llama = await library.getLlama({
      gpu: false,
      build: 'never',
      skipDownload: true,
      progressLogs: false,
      logLevel: 'error',
      logger: (_level, message) => void said.push(message.trim()),
      ...(options.threads === undefined ? {} : { maxThreads: options.threads }),
    });
    const model = await llama.loadModel({ modelPath: options.path, gpuLayers: 0, onLoadProgress: onProgress });
    const most = Math.min(options.window, model.trainContextSize);
    const context = await model.createContext({ contextSize: { min: Math.min(SMALLEST, most), max: most }, sequences: 1, ...threads });
    const wrapper = library.resolveChatWrapper(model, { warningLogs: false });
    return engineOf(library, model, wrapper, context.getSequence(), context.contextSize, options.seed);
  } catch (error) {
    const words = [error instanceof Error ? error.message : String(error), ...said.slice(-3)].join('; ');
    throw new Fault('engine.model', `the model could not be loaded: ${words}`, 'Check the file and the free memory.', { cause: error });
  }
}

function engineOf(library: Library, model: LlamaModel, wrapper: ChatWrapper, sequence: Sequence, window: number, seed: number | undefined): Engine {
  const forcing = forceCall(library, wrapper);
  return {
    window,
    countPrompt({ history, functions }) {
      return wrapper.generateContextState({ chatHistory: history, availableFunctions: functions, documentFunctionParams: true }).contextText.tokenize(model.tokenizer).length;
    },
    async generate(request, { mustCall, room, signal, onPart }) {
      const chat = new library.LlamaChat({ contextSequence: sequence, chatWrapper: mustCall ? forcing : wrapper, autoDisposeSequence: false });
      const before = sequence.tokenMeter.getState();
      const used = (): number => sequence.tokenMeter.diff(before).usedOutputTokens;
      try {
        const { metadata } = await chat.generateResponse(request.history, {
          functions: request.functions,
          documentFunctionParams: request.functions === undefined ? undefined : true,
          maxParallelFunctionCalls: request.functions === undefined ? undefined : request.mostCalls,
          maxTokens: Math.max(1, Math.min(room, request.most ?? room)),
          temperature: request.temperature ?? TEMPERATURE,
          seed: request.seed ?? seed,
          signal,
          stopOnAbortSignal: true,
          onResponseChunk: ({ type, text }) => onPart({ type: type === 'segment' ? 'reasoning' : 'text', text }),
          onFunctionCall: request.functions === undefined ? undefined : ({ functionName, params }) => onPart({ type: 'call', name: functionName, params }),
          contextShift: { size: refuseShift },
        });
        return { finish: finishOf(metadata.stopReason), tokens: used() };
      } catch (error) {
        if (signal.aborted) return { finish: 'cancelled', tokens: used() };
        if (error instanceof WindowFull) return { finish: 'length', tokens: used() };
        // What the context holds now is unknown: the next request starts from nothing.
        await sequence.clearHistory();
        throw error;
      } finally {
        chat.dispose({ disposeSequence: false });
      }
    },
  };
}

class WindowFull extends Error {}

/** The library asks for a size just before it would erase old messages, and lets this throw through. */
function refuseShift(): never {
  throw new WindowFull('the context window is full');
}

/** The same template, but the answer starts inside a function call. */
function forceCall(library: Library, wrapper: ChatWrapper): ChatWrapper {
  const generateContextState = (options: ContextOptions): ContextState => {
    const { contextText, stopGenerationTriggers } = wrapper.generateContextState(options);
    return { contextText, stopGenerationTriggers, noPrefixTrigger: { type: 'functionCall', inject: library.LlamaText([]) } };
  };
  return Object.create(wrapper, { generateContextState: { value: generateContextState } });
}

function finishOf(reason: 'eogToken' | 'stopGenerationTrigger' | 'maxTokens' | 'functionCalls' | 'abort' | 'customStopTrigger'): Finish {
  switch (reason) {
    case 'maxTokens':
      return 'length';
    case 'functionCalls':
      return 'tool_calls';
    case 'abort':
      return 'cancelled';
    case 'eogToken':
    case 'stopGenerationTrigger':
    case 'customStopTrigger':
      return 'stop';
  }
}
