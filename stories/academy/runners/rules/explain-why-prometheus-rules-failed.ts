import type { Problem } from '../../judging/problem-report-and-checkpoint-types.ts';
import type { ReportedProblem } from './message-types.ts';
import type { Stopped } from './run-rules.ts';

/** Explains to the learner why the rules could not be evaluated. */
export function explainProblem({ kind, subject, message, line }: ReportedProblem): Problem {
  if (kind === 'unsupported') {
    return {
      what: message,
      why: 'this check evaluates only the part of PromQL that this step needs. Your rules may be right',
      fix: `Write the rule without ${subject}, or test it with promtool`,
      line,
    };
  }
  if (kind === 'expensive') {
    return {
      what: message,
      why: 'a rule that reads so much data would delay all other rules in Prometheus',
      fix: 'Shorten the ranges, or add a recording rule for an expression that several rules use',
      line,
    };
  }
  return {
    what: message,
    why: 'Prometheus loads a rule file completely or not at all, so no alert of this file could fire',
    fix: 'Correct the rule',
    line,
  };
}

const STOPS: Readonly<Record<Stopped, Pick<Problem, 'what' | 'why' | 'fix'>>> = {
  time: {
    what: 'the evaluation of the rules did not end in time',
    why: 'this machine was probably busy',
    fix: 'Close other programs and check again',
  },
  ended: {
    what: 'the process that evaluates the rules ended early',
    why: 'the operating system killed the process, or this machine cannot start it',
    fix: 'Check again. If the process ends early again, report the error',
  },
  processor: {
    what: 'the evaluation of the rules used too much processor time',
    why: 'your rules do far more work than the reference',
    fix: 'Shorten ranges and expressions',
  },
  memory: {
    what: 'the evaluation of the rules used too much memory',
    why: 'your rules record far more series than the reference',
    fix: 'Record fewer series',
  },
  output: {
    what: 'the rules reported too many alerts',
    why: 'each label set causes a separate alert',
    fix: 'Aggregate the series before the comparison, for example with sum by (slo)',
  },
};

export const explainStop = (why: Stopped): Problem => STOPS[why];
