import * as pulumi from "@pulumi/pulumi";
import { getMonitor } from "@pulumi/pulumi/runtime/settings";

import { fakeOutputs, type Properties } from "./providers";
import { seal, unseal } from "./secrets";

/** A resource that the program made. */
export interface Made {
  readonly type: string;
  readonly name: string;
  /** Name of its parent; empty at the top. */
  readonly parent: string;
  /** Its inputs as the engine gets them, secrets unwrapped. */
  readonly inputs: Properties;
  /** What of its inputs stands readable in state. */
  readonly plainInputs: string;
  /** Inputs whose changes make no difference. */
  readonly ignoreChanges: readonly string[];
}

export interface Deployed {
  readonly made: readonly Made[];
  readonly warnings: readonly string[];
  /** What of the components' outputs stands readable in state. */
  readonly plainOutputs: string;
}

/** What providers made in former runs, by type and name: give it to a second run to have the same state there. */
export type State = Map<string, Properties>;

type Callback = (error: unknown, response: unknown) => void;

/** The part of Pulumi's mock monitor that is listened to. */
interface Monitor {
  registerResource(request: RegisterRequest, callback: Callback): Promise<void>;
  registerResourceOutputs(request: { getOutputs(): Struct }, callback: Callback): void;
}

interface RegisterRequest {
  getType(): string;
  getName(): string;
  getParent(): string;
  getObject(): Struct;
  getAdditionalsecretoutputsList(): string[];
  getIgnorechangesList(): string[];
}

interface Struct {
  toJavaScript(): Properties;
}

/**
 * Runs a program against the mocks of Pulumi and waits until all is registered. Providers are played by {@link fakeOutputs}.
 *
 * @throws what the program throws while it constructs.
 */
export async function deploy(program: () => void, state: State = new Map(), stdout?: string): Promise<Deployed> {
  const made: Made[] = [];
  const warnings: string[] = [];
  const plainOutputs: string[] = [];
  let failed: (error: unknown) => void = () => undefined;
  const failure = new Promise<never>((_, reject) => (failed = reject));
  // The runtime waits for ever for a resource whose mock has thrown.
  const provide = (make: () => Properties) => {
    try {
      return make();
    } catch (error) {
      failed(error);
      throw error;
    }
  };
  const mocks: pulumi.runtime.Mocks = {
    call: () => ({}),
    newResource: ({ type, name, inputs }) => {
      const key = `${type}::${name}`;
      const known = unseal(inputs as Properties);
      const outputs = state.get(key) ?? provide(() => fakeOutputs(type, name, known, stdout));
      state.set(key, outputs);
      return { id: name, state: { ...known, ...outputs } };
    },
  };
  await pulumi.runtime.setMocks(mocks, "home", "test");
  const monitor = getMonitor() as unknown as Monitor;
  const register = monitor.registerResource.bind(monitor);
  monitor.registerResource = (request, callback) => {
    const inputs = request.getObject().toJavaScript();
    const sealed = Object.entries(seal(inputs)).filter(([k]) => !request.getAdditionalsecretoutputsList().includes(k));
    made.push({
      type: request.getType(),
      name: request.getName(),
      parent: request.getParent().split("::").at(-1) ?? "",
      inputs: unseal(inputs),
      plainInputs: JSON.stringify(Object.fromEntries(sealed)),
      ignoreChanges: request.getIgnorechangesList(),
    });
    return register(request, callback);
  };
  monitor.registerResourceOutputs = (request, callback) => {
    plainOutputs.push(JSON.stringify(seal(request.getOutputs().toJavaScript())));
    callback(null, {});
  };
  const warn = pulumi.log.warn;
  Object.assign(pulumi.log, { warn: (text: string) => void warnings.push(text) });
  try {
    program();
    await Promise.race([pulumi.runtime.disconnect(), failure]);
  } finally {
    Object.assign(pulumi.log, { warn });
  }
  return { made, warnings, plainOutputs: plainOutputs.join("\n") };
}

/** The value of an Output, secret or not. */
export function valueOf<T>(output: pulumi.Output<T>): Promise<T> {
  return (output as unknown as { promise(): Promise<T> }).promise();
}
