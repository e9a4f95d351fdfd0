/** Refusals of the services (RFC 9457), and what is said where no service answers. */

export interface FieldProblem {
  pointer: string;
  code: string;
  detail: string;
}

export class Problem extends Error {
  readonly status: number;
  readonly code: string;
  readonly title: string;
  readonly detail: string;
  readonly traceId: string;
  readonly errors: readonly FieldProblem[];

  constructor(status: number, said: Record<string, unknown>) {
    const text = (name: string): string => (typeof said[name] === 'string' ? said[name] : '');
    super(text('detail') || text('title') || `HTTP ${status}`);
    this.name = 'Problem';
    this.status = status;
    this.code = text('code') || 'unknown';
    this.title = text('title');
    this.detail = text('detail');
    this.traceId = text('trace_id');
    this.errors = Array.isArray(said['errors']) ? (said['errors'] as FieldProblem[]) : [];
  }

  /** What is said of the field at this JSON pointer. */
  at(pointer: string): string | undefined {
    return this.errors.find((error) => error.pointer === pointer)?.detail;
  }

  /** What is said of no field that the form shows. */
  besides(shown: (pointer: string) => boolean): readonly FieldProblem[] {
    return this.errors.filter((error) => !shown(error.pointer));
  }

  /** Whether the same request may succeed if it is sent again with its key. */
  get isPassing(): boolean {
    return this.status === 0 || this.status === 429 || this.status === 503;
  }
}

export function problemOf(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof TypeError) return new Problem(0, { code: 'unreachable' });
  return new Problem(0, { code: 'unknown', detail: error instanceof Error ? error.message : String(error) });
}
