import type { Command } from 'commander';
import { home, json, onWorld, port, type Shared, seed, sized, wholeNumber, world, yes } from './command-options.ts';

/** Simulated seconds per real second. */
const DEFAULT_SPEED = 1_200;

/** Adds the commands that run and inspect worlds on this machine. */
export function addCityCommands(program: Command, shared: Shared): void {
  program.commandsGroup('City:');
  addUp(program, shared);
  addSimulate(program, shared);
  addPipeline(program, shared);
  addRecommend(program, shared);
  addStatus(program, shared);
  addDoctor(program, shared);
  addReset(program, shared);
  addScenario(program, shared);
  addSnapshot(program, shared);
}

function addUp(program: Command, { end, screen }: Shared): void {
  sized(program.command('up'))
    .description('Simulate a week, train a model, compare the policies on the next week, and run the city')
    .addOption(home())
    .addOption(port())
    .option(
      '--speed <number>',
      'speed of the city after the comparison, in simulated seconds per second',
      wholeNumber(1),
      DEFAULT_SPEED,
    )
    .option('--once', 'stop after the comparison, without running the city')
    .option('--json', 'print the comparison as JSON')
    .action(async (options) =>
      end(await (await import('../commands/city/simulate-train-and-run-city.ts')).up(options, screen)),
    );
}

function addSimulate(program: Command, { end, screen }: Shared): void {
  sized(program.command('simulate'))
    .description('Simulate the first week of the city, and print the hash of its event log')
    .addOption(home())
    .addOption(json())
    .action(async (options) =>
      end(await (await import('../commands/city/simulate-first-week.ts')).simulate(options, screen)),
    );
}

function addPipeline(program: Command, { end, screen }: Shared): void {
  onWorld(program.command('pipeline'))
    .description('Run the training pipeline on a world: archive, features, train, evaluate, gate, promote or keep')
    .addOption(seed())
    .option(
      '--leave-one-out',
      "additional evaluation on each user's last play (leave-one-out), which trains a second model",
    )
    .action(async (options) => end(await (await import('../commands/city/run-pipeline.ts')).pipeline(options, screen)));
}

function addRecommend(program: Command, { end, screen }: Shared): void {
  onWorld(program.command('recommend'))
    .description('Request recommendations for a user from the recommendation service')
    .requiredOption('--user <id>', 'id of the user')
    .option('--k <number>', 'number of titles to recommend', wholeNumber(1), 10)
    .option('--explain', 'print all candidate titles with their sources, scores and reasons, and log nothing')
    .action(async ({ explain, ...options }) =>
      end(
        explain
          ? await (await import('../commands/city/explain-slate.ts')).explainSlate(options, screen)
          : await (await import('../commands/city/request-slate-from-stored-world.ts')).recommend(options, screen),
      ),
    );
}

function addStatus(program: Command, { end, screen }: Shared): void {
  program
    .command('status')
    .description('Show the worlds on this machine, or the deployment on AWS')
    .addOption(home())
    .option(
      '--aws',
      'show the stacks, alarms, champion model and consumer lag in your AWS account; exit status 1 if an alarm is active',
    )
    .addOption(json())
    .action(async ({ aws, ...options }) =>
      end(
        aws
          ? await (await import('../commands/aws/print-aws-status.ts')).awsStatus(options, screen)
          : await (await import('../commands/city/print-worlds-status.ts')).status(options, screen),
      ),
    );
}

function addDoctor(program: Command, { end, screen }: Shared): void {
  program
    .command('doctor')
    .description('Check whether this machine can run AgentBricks')
    .addOption(home())
    .addOption(port('port on 127.0.0.1 that must be free'))
    .addOption(json())
    .action(async (options) =>
      end(await (await import('../commands/city/diagnose-machine.ts')).doctor(options, screen)),
    );
}

function addReset(program: Command, { end, screen }: Shared): void {
  program
    .command('reset')
    .description('Delete a world, or everything that AgentBricks stores on this machine')
    .addOption(home())
    .addOption(world().conflicts('all'))
    .option('--all', "all worlds with their snapshots, and the trainer's Python environment")
    .addOption(yes())
    .action(async (options) => end(await (await import('../commands/city/delete-worlds.ts')).reset(options, screen)));
}

function addScenario(program: Command, { end, screen }: Shared): void {
  const scenario = program.command('scenario').description('Switch scenarios on and off in the running city');
  scenario
    .command('on')
    .description('Switch a scenario on in the running city, after saving an automatic snapshot')
    .argument('<scenario>', 'name of a scenario (see `scenario list`), or path of a JSON file that ends with .json')
    .addOption(home())
    .option('--no-snapshot', 'no automatic snapshot')
    .addOption(json())
    .action(async (nameOrFile, options) =>
      end(await (await import('../commands/scenario/switch-on.ts')).switchOn(nameOrFile, options, screen)),
    );
  scenario
    .command('off')
    .description('Switch a scenario off in the running city')
    .argument('[name]', 'name of the scenario (without it, all scenarios)')
    .addOption(home())
    .addOption(json())
    .action(async (name, options) =>
      end(await (await import('../commands/scenario/switch-off.ts')).switchOff(name, options, screen)),
    );
  scenario
    .command('list')
    .description('List the named scenarios and the scenarios that are on')
    .addOption(home())
    .addOption(json())
    .action(async (options) =>
      end(
        await (await import('../commands/scenario/list-named-and-active-scenarios.ts')).listScenarios(options, screen),
      ),
    );
}

function addSnapshot(program: Command, { end, screen }: Shared): void {
  const snapshot = program.command('snapshot').description('Save and restore snapshots of a world');
  const name = 'name of the snapshot';
  onWorld(snapshot.command('save'))
    .description('Save a snapshot of a world, also while the city runs')
    .argument('[name]', `${name} (without it, the current time)`)
    .action(async (named, options) =>
      end(await (await import('../commands/snapshot/save-snapshot.ts')).save(named, options, screen)),
    );
  onWorld(snapshot.command('list'))
    .description('List the snapshots of a world with their sizes')
    .action(async (options) =>
      end(await (await import('../commands/snapshot/list-snapshots.ts')).listAll(options, screen)),
    );
  onWorld(snapshot.command('restore'))
    .description('Replace a world by one of its snapshots')
    .argument('<name>', name)
    .addOption(yes())
    .action(async (named, options) =>
      end(await (await import('../commands/snapshot/restore-snapshot.ts')).restore(named, options, screen)),
    );
  onWorld(snapshot.command('delete'))
    .description('Delete a snapshot of a world')
    .argument('<name>', name)
    .addOption(yes())
    .action(async (named, options) =>
      end(await (await import('../commands/snapshot/delete-snapshot.ts')).remove(named, options, screen)),
    );
}
