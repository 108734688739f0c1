import { render } from 'preact';
import { AgentDayCard } from './agent/agent-day.tsx';
import { LiftChart, PlaysChart } from './charts/plays-and-lift-charts.tsx';
import { SwitchedScenarios } from './overview/active-scenarios-list.tsx';
import { WaitingConsumers } from './overview/consumers-waiting-to-retry.tsx';
import { Header, Phases } from './overview/header-and-phases.tsx';
import { LearnersCode } from './overview/learner-function-status.tsx';
import { Tiles } from './overview/metric-tiles.tsx';
import { PausedSimulation } from './overview/paused-simulation.tsx';
import { Pipeline } from './overview/pipeline-runs.tsx';
import { Twins } from './overview/twins-table.tsx';
import { useLive } from './use-live-view.ts';

function Page() {
  const { view, link } = useLive();
  return (
    <>
      <Header hours={view.hours} link={link} />
      <main>
        <Phases progress={view.progress} />
        <SwitchedScenarios scenarios={view.scenarios} />
        <PausedSimulation paused={view.paused} />
        <WaitingConsumers waiting={view.waiting} />
        <LearnersCode learnersCode={view.learnersCode} />
        <Tiles hours={view.hours} champion={view.champion} />
        <PlaysChart hours={view.hours} />
        <LiftChart hours={view.hours} />
        <Pipeline runs={view.runs} />
        <Twins twins={view.twins} />
        <AgentDayCard agents={view.agents} hours={view.hours} />
      </main>
    </>
  );
}

const root = document.getElementById('page');
if (root) render(<Page />, root);
