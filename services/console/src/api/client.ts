/** The API, typed by the document that the gateway composes. */

import createClient from 'openapi-fetch';

import { uuid } from '../lib/ids';
import { Problem, problemOf } from './problem';
import type { components, paths } from './schema';
import { accessToken, ended, refresh } from './session';

export type Schemas = components['schemas'];

async function authorised(request: Request): Promise<Response> {
  // a body can be sent once: the second sending after a refresh needs its own
  const again = request.clone();
  const answer = await fetch(await withToken(request));
  if (answer.status !== 401 || !(await refresh())) {
    if (answer.status === 401) ended();
    return answer;
  }
  return fetch(await withToken(again));
}

async function withToken(request: Request): Promise<Request> {
  const token = await accessToken();
  if (token) request.headers.set('Authorization', `Bearer ${token}`);
  request.headers.set('Accept-Language', document.documentElement.lang || 'zh-CN');
  return request;
}

export const api = createClient<paths>({ baseUrl: location.origin, fetch: authorised });

interface Answer<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

/** The answer's body, or a Problem thrown. */
export async function ask<T>(answering: Promise<Answer<T>>): Promise<T> {
  let answer: Answer<T>;
  try {
    answer = await answering;
  } catch (error) {
    throw problemOf(error);
  }
  if (!answer.response.ok) {
    throw new Problem(answer.response.status, isObject(answer.error) ? answer.error : {});
  }
  return answer.data as T;
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

/** The header fields of a command: a key of its own, and the version it is meant for. */
export interface CommandHeaders {
  'Idempotency-Key': string;
  'If-Match'?: string;
}

export const commandHeaders = (version?: number, key = uuid()): CommandHeaders => ({
  'Idempotency-Key': key,
  ...(version === undefined ? {} : { 'If-Match': `"${version}"` }),
});

/** The header field of a PUT, PATCH or DELETE. */
export const forVersion = (version: number): { 'If-Match': string } => ({ 'If-Match': `"${version}"` });

export interface PageOf<T> {
  items: T[];
  next?: string | null;
}
