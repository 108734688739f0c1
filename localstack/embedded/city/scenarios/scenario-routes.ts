import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ApiResponse } from '#domain/events/collect-and-recommend-contract.ts';
import { describeInvalidFields } from '#domain/universe/describe-invalid-fields.ts';
import { NAMED_SCENARIOS, namedScenario } from '#domain/universe/named-scenarios.ts';
import { problem } from '../../aws/api-gateway.ts';
import { type Route, send } from '../../http/http-server.ts';
import { readJsonBody, rejectedAsForeign } from '../../http/reject-web-pages-and-read-json.ts';
import { SCENARIOS_PATH, type ScenariosOn, SwitchOn } from './scenario-api-schemas.ts';
import type { ScenarioSwitch } from './scenario-switch.ts';

const STATUS = { ok: 200, bad: 400, notFound: 404, conflict: 409 } as const;

/** Returns the routes that show and switch the scenarios of a city. Only programs on this machine may switch. */
export function scenarioRoutes(scenarios: ScenarioSwitch): readonly Route[] {
  const state = (): ApiResponse => {
    const body: ScenariosOn = { isRunning: scenarios.isRunning(), scenarios: scenarios.view() };
    return { status: STATUS.ok, headers: {}, body: JSON.stringify(body) };
  };
  const change = (work: (request: IncomingMessage) => Promise<ApiResponse | undefined>): Route['respond'] => {
    return async (request, response) => {
      const rejected = rejectedAsForeign(request) ?? (scenarios.isRunning() ? undefined : notRunning());
      reply(response, rejected ?? (await work(request)) ?? state());
    };
  };
  return [
    { path: SCENARIOS_PATH, respond: (_, response) => reply(response, state()) },
    { path: SCENARIOS_PATH, method: 'POST', respond: change((request) => switchOn(scenarios, request)) },
    {
      path: SCENARIOS_PATH,
      method: 'DELETE',
      below: true,
      respond: change((request) => switchOff(scenarios, request)),
    },
  ];
}

const reply = (response: ServerResponse, { status, body }: ApiResponse): void =>
  send(response, status, 'application/json', body);

/** @returns the response that rejects the request; undefined if the scenario is on */
async function switchOn(scenarios: ScenarioSwitch, request: IncomingMessage): Promise<ApiResponse | undefined> {
  const body = await readJsonBody(request);
  if ('rejected' in body) return body.rejected;
  const parsed = SwitchOn.safeParse(body.json);
  if (!parsed.success) return invalid(describeInvalidFields(parsed.error));
  const scenario = parsed.data.scenario ?? namedScenario(parsed.data.name)?.scenario;
  if (!scenario) return unknownName(parsed.data.name);
  scenarios.on(parsed.data.name, scenario);
  return undefined;
}

/** Switches off the scenario that the path names, or all. @returns the response that rejects the request, if any */
async function switchOff(scenarios: ScenarioSwitch, { url = '' }: IncomingMessage): Promise<ApiResponse | undefined> {
  const name = (url.split('?')[0] ?? '').slice(SCENARIOS_PATH.length + 1);
  const on = scenarios.view().map((each) => each.name);
  if (name !== '' && !on.includes(name)) return notOn(name, on);
  for (const each of name === '' ? on : [name]) scenarios.off(each);
  return undefined;
}

const notRunning = () =>
  problem(STATUS.conflict, 'BRICK_CITY_BUSY', {
    what: 'scenarios cannot be switched now',
    why: 'the city switches scenarios only after the first week, the pipeline run and the comparison of the policies',
    fix: 'Retry when the page of the city shows the phase "Running"',
  });

const invalid = (why: string) =>
  problem(STATUS.bad, 'BRICK_BAD_SCENARIO', {
    what: 'the scenario is not valid',
    why,
    fix: 'Correct it; docs/universe.md shows every field that a scenario may have',
  });

const unknownName = (name: string) =>
  problem(STATUS.notFound, 'BRICK_NO_SUCH_SCENARIO', {
    what: `there is no scenario ${name}`,
    why: `the named scenarios are ${NAMED_SCENARIOS.map((each) => each.name).join(', ')}`,
    fix: 'Use one of these names, or a scenario file',
  });

const notOn = (name: string, on: readonly string[]) =>
  problem(STATUS.conflict, 'BRICK_SCENARIO_NOT_ON', {
    what: `the scenario ${name} is not on`,
    why: on.length === 0 ? 'no scenario is on' : `the scenarios that are on are ${on.join(', ')}`,
    fix: '`agentbricks scenario list` shows the scenarios',
  });
