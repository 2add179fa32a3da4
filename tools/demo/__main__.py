"""`python -m tools.demo [--keep]`: run the complete demonstration.

Exit status: 0 if all expectations are met, 1 if not, 130 if interrupted.
"""

from __future__ import annotations

import argparse
import shlex
import signal
import sys
import time

from taggov.costs.render.report_table import print_report
from tools import ROOT, WORK
from tools.demo.checks import Checks
from tools.demo.console import Screen
from tools.demo.costs import allocate_sample
from tools.demo.costs import judge as judge_costs
from tools.demo.report import show
from tools.demo.stage import Stage
from tools.demo.steps import run_steps
from tools.demo.verdict import judge
from tools.emulator import organization
from tools.emulator.deliver import UndeliverableError
from tools.emulator.deployed_stack import DeployedStack, FunctionFailedError
from tools.emulator.examples import complete
from tools.emulator.polling import DeadlineExceededError
from tools.emulator.server import Server, ServerFailedError
from tools.emulator.stack import CALLS, Stack, start
from tools.emulator.terraform import Terraform, TerraformError, copy_module
from tools.permissions.review import review_applied

FOLDER = WORK / "demo"


def main() -> int:
    """Run the demonstration. Stop everything at the end, unless `--keep` is given."""
    parser = argparse.ArgumentParser(prog="python -m tools.demo", description=__doc__)
    parser.add_argument("--keep", action="store_true", help="keep everything running afterwards")
    keep = parser.parse_args().keep
    # SIGTERM (a closed terminal, a cancelled job) cleans up like Ctrl-C.
    signal.signal(signal.SIGTERM, signal.default_int_handler)

    screen, checks = Screen(), Checks()
    servers: list[Server] = []
    finished = False
    started = time.monotonic()
    try:
        run(screen, checks, servers, keep)
        finished = True
    except KeyboardInterrupt:
        screen.console.print("interrupted: stopping the emulators, and with them all resources")
        return 130
    except (TerraformError, ServerFailedError, DeadlineExceededError, FunctionFailedError, UndeliverableError) as error:
        screen.console.print(f"\nfailed: {error}", style="red", markup=False, highlight=False)
        return 1
    finally:
        if not (keep and finished):
            for server in reversed(servers):
                server.stop()
    took = time.monotonic() - started
    if checks.failed:
        screen.console.print(f"\n[bold red]{len(checks.failed)} expectation(s) not met[/] ({took:.0f} s)")
        return 1
    screen.console.print(f"\n[bold green]all expectations met[/] ({took:.0f} s)")
    return 0


def run(screen: Screen, checks: Checks, servers: list[Server], keep: bool) -> None:
    """Run all steps of the demonstration, and collect the expectations in `checks`."""
    with screen.step("starting the embedded AWS (MiniStack and moto)"):
        stack = start(FOLDER, servers)
    with screen.step("creating an organization with two organizational units and a member account"):
        created = organization.create(stack)
    terraform = complete(stack, created, copy_module(FOLDER / "module"), on_line=screen.terraform_line)
    with screen.step("terraform apply of examples/complete, in two regions of both accounts"):
        terraform.init()
        terraform.apply()
    deployed = DeployedStack(stack, terraform.outputs())
    outcome = run_steps(Stage(deployed, created, screen, checks))
    judge(outcome, deployed, checks)
    with screen.step("checking every call of the functions against the applied policies"):
        state = terraform.run("show", "-json", "-no-color")
        refused = review_applied(state, stack.calls(), created.id).refused_requests
    checks.expect("the roles of the functions allow every call", not refused, refused)
    with screen.step("allocating a month of a sample company's bill to its teams"):
        costs = allocate_sample()
    judge_costs(costs, checks)
    screen.console.print()
    print_report(costs, screen.console)
    if keep:
        show(outcome, checks, screen.console)
        print_instructions(screen, stack, terraform, servers)
        return
    with screen.step("terraform destroy"):
        terraform.destroy(refresh=False)
    checks.expect("terraform destroy leaves nothing behind", not terraform.resources(), terraform.resources())
    show(outcome, checks, screen.console)


def print_instructions(screen: Screen, stack: Stack, terraform: Terraform, servers: list[Server]) -> None:
    """Print how to inspect the running stack, and how to stop it."""
    variables = FOLDER / "environment"
    settings = {**stack.environment(), "TF_CLI_CONFIG_FILE": terraform.environment.get("TF_CLI_CONFIG_FILE", "")}
    variables.write_text("".join(f"export {name}={shlex.quote(value)}\n" for name, value in settings.items() if value))
    folder = terraform.folder.relative_to(ROOT)
    screen.console.print(
        f"\nThe stack keeps running. To inspect it:\n"
        f"  . {variables.relative_to(ROOT)}        # AWS tools and Terraform then use the embedded AWS\n"
        f"  terraform -chdir={folder} state list\n"
        f"  aws logs tail {terraform.outputs()['log_group_name']}\n"
        f"Logs of the emulators: {FOLDER.relative_to(ROOT)}/*.log\n"
        f"Calls of the functions: {FOLDER.relative_to(ROOT)}/{CALLS}\n"
        f"To destroy everything, stop the emulators. They persist nothing:\n"
        f"  kill {' '.join(str(server.pid) for server in servers)}",
        highlight=False,
        markup=False,
    )


if __name__ == "__main__":
    sys.exit(main())
