"""The transition table as a picture."""

from binding.rules import TRANSITIONS, State


def mermaid() -> str:
    """Return a Mermaid state diagram of every step of the table, one line a step, with its label and role."""
    names = [f"    {state.value} : {state.label}" for state in State]
    steps = [
        f"    {source.value} --> {target.value} : {action.label} ({step.role.label})"
        for action, step in TRANSITIONS.items()
        for source in step.sources
        for target in step.targets
    ]
    return "\n".join(["stateDiagram-v2", *names, "    [*] --> draft", *steps, ""])
