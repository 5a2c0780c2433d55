/**
 * Guards (SEMANTICS A5): in an orchestrator's code, the globals of time, chance, timers and network throw, or warn, and name the call on
 * `ctx` to use instead.
 *
 *  1. Who is accused is asked of AsyncLocalStorage: only the code of an orchestrator. Activities, the host, and our own code that an
 *     orchestrator called (`asOurCode`) never are.
 *  2. The globals belong to the process and so does this state. They are patched by the first installation and put back, exactly, by the
 *     last one's end; with `off` nothing is touched.
 *  3. With several installations the strictest decides: which worker an orchestrator belongs to cannot be told from a call.
 *  4. A patch that cannot be taken back, because somebody patched over it, is left in place and passes everything on.
 */
import { asOurCode, runningUserCode, type UserCode } from '../replay/index.ts';
import { NonDeterministicCallError } from '../values/index.ts';
import { patchGlobals } from './patches.ts';

/** `throw` for development and tests, `warn` for finding out, `off` (nothing is patched) for production. */
export type GuardMode = 'throw' | 'warn' | 'off';

/** Takes what `warn` finds: each call once an orchestrator (by name), however often it is made. */
export type GuardWarning = (error: NonDeterministicCallError, orchestrator: UserCode) => void;

interface Installation {
  readonly mode: 'throw' | 'warn';
  readonly onWarn: GuardWarning;
  /** What it was told of. Bounded by the code: one entry for each guarded call in each orchestrator. */
  readonly warned: Set<string>;
}

const installations = new Set<Installation>();
let unpatch: () => void = nothing;

/** Installs the guards in this process, until the function it gives is called (a second call does nothing). */
export function installGuards(mode: GuardMode, onWarn: GuardWarning): () => void {
  if (mode === 'off') return nothing;
  const installation: Installation = { mode, onWarn, warned: new Set() };
  if (installations.size === 0) unpatch = patchGlobals(guard);
  installations.add(installation);
  return () => {
    if (!installations.delete(installation) || installations.size > 0) return;
    unpatch();
    unpatch = nothing;
  };
}

/** Called before every guarded call, whoever makes it. @throws NonDeterministicCallError */
function guard(call: string, cure: string): void {
  const code = runningUserCode();
  if (code?.kind !== 'orchestrator' || installations.size === 0) return;
  const error = new NonDeterministicCallError(call, cure);
  for (const { mode } of installations) if (mode === 'throw') throw error;
  const key = `${code.name} ${call}`;
  for (const { warned, onWarn } of installations) {
    if (warned.has(key)) continue;
    warned.add(key);
    asOurCode(() => {
      onWarn(error, code);
    });
  }
}

function nothing(): void {
  return undefined;
}
