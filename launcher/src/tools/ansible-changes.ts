/**
 * A callback plugin of Ansible (https://docs.ansible.com/ansible/latest/dev_guide/developing_plugins.html#callback-plugins) that says
 * whether a run in check mode found something to do: a task that would change something, or one that cannot tell in check mode and was
 * passed over, such as a command. A task that its own condition left out is neither. It runs beside the user's callbacks, and prints
 * nothing.
 */
export const changesPlugin = `
from __future__ import annotations

import os

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: spacelift_changes
type: aggregate
short_description: says whether a run in check mode found changes
description: Writes one word into the file that SPACELIFT_CHANGES_FILE names.
"""


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "spacelift_changes"
    CALLBACK_NEEDS_ENABLED = False
    CALLBACK_NEEDS_WHITELIST = False

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.changes = False

    def look(self, result, skipped=False):
        content = getattr(result, "result", None) or getattr(result, "_result", None) or {}
        items = content.get("results")
        for each in items if isinstance(items, list) and items else [content]:
            if isinstance(each, dict) and (each.get("changed") or self.untold(each, skipped)):
                self.changes = True

    def untold(self, content, skipped):
        if not (skipped or content.get("skipped")):
            return False
        known = content.get("skip_reason") or content.get("skipped_reason") or content.get("false_condition")
        return not known and "since" not in str(content.get("msg", ""))

    def v2_runner_on_ok(self, result, **kwargs):
        self.look(result)

    def v2_runner_on_skipped(self, result, **kwargs):
        self.look(result, skipped=True)

    def v2_runner_on_failed(self, result, **kwargs):
        self.changes = True

    def v2_playbook_on_stats(self, stats):
        with open(os.environ["SPACELIFT_CHANGES_FILE"], "w") as file:
            file.write("some\\n" if self.changes or stats.changed else "none\\n")
`
