"""The checks of the MCP conformance suite that Flint fails, and why each does.

The suite wants a server made for it, with tools, resources and prompts of the suite's own. Each reason has the words
that such a failure has in its message, so that nothing else hides behind it.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reason:
    """Why checks fail, and the pattern of what the suite says then."""

    why: str
    says: str


TOOLS_OF_ITS_OWN = Reason(
    "the check calls a tool that only the suite's own server has; Flint has orders",
    r"There is no tool|does not list the diagnostic tool|Tool '\w+' not found|InputRequiredResult",
)
RESOURCES_OF_ITS_OWN = Reason(
    "the check reads a resource that only the suite's own server has", "There is no resource with this address"
)
NOT_OFFERED = Reason(
    "Flint offers no prompts, no completion, no log to clients (deprecated) and, in the older era, no subscriptions, "
    "and says so in its capabilities",
    "Method not found",
)
NO_HEADER_ARGUMENTS = Reason("no argument of Flint's is repeated in a header (x-mcp-header)", "x-mcp-header")
NO_TASKS = Reason("Flint's calls answer at once: it does not offer the tasks extension, and says so", "")

# Scenario and the ids of its checks, by the revision of the protocol and the reason.
EXPECTED: dict[str, dict[Reason, dict[str, set[str]]]] = {
    "2025-11-25": {
        NOT_OFFERED: {
            "completion-complete": {"completion-complete"},
            "logging-set-level": {"logging-set-level"},
            "prompts-get-embedded-resource": {"prompts-get-embedded-resource"},
            "prompts-get-simple": {"prompts-get-simple"},
            "prompts-get-with-args": {"prompts-get-with-args"},
            "prompts-get-with-image": {"prompts-get-with-image"},
            "prompts-list": {"prompts-list"},
            "resources-subscribe": {"resources-subscribe"},
            "resources-unsubscribe": {"resources-unsubscribe"},
            "tools-call-with-logging": {"tools-call-with-logging"},
        },
        TOOLS_OF_ITS_OWN: {
            "elicitation-sep1034-defaults": {"elicitation-sep1034-general"},
            "elicitation-sep1330-enums": {"elicitation-sep1330-general"},
            "json-schema-2020-12": {"json-schema-2020-12-tool-found"},
            "tools-call-audio": {"tools-call-audio"},
            "tools-call-elicitation": {"tools-call-elicitation"},
            "tools-call-embedded-resource": {"tools-call-embedded-resource"},
            "tools-call-error": {"tools-call-error"},
            "tools-call-image": {"tools-call-image"},
            "tools-call-mixed-content": {"tools-call-mixed-content"},
            "tools-call-sampling": {"tools-call-sampling"},
            "tools-call-simple-text": {"tools-call-simple-text"},
            "tools-call-with-progress": {"tools-call-with-progress"},
        },
        RESOURCES_OF_ITS_OWN: {
            "resources-read-binary": {"resources-read-binary"},
            "resources-read-text": {"resources-read-text"},
            "resources-templates-read": {"resources-templates-read"},
        },
    },
    "2026-07-28": {
        NOT_OFFERED: {
            "caching": {"sep-2549-prompts-list-caching-hints"},
            "completion-complete": {"completion-complete"},
            "input-required-result-non-tool-request": {"sep-2322-non-tool-incomplete"},
            "prompts-get-embedded-resource": {"prompts-get-embedded-resource"},
            "prompts-get-simple": {"prompts-get-simple"},
            "prompts-get-with-args": {"prompts-get-with-args"},
            "prompts-get-with-image": {"prompts-get-with-image"},
            "prompts-list": {"prompts-list"},
        },
        NO_HEADER_ARGUMENTS: {
            "http-custom-header-server-validation": {
                "sep-2243-server-no-xmcp-tool",
                "sep-2243-server-decode-base64",
                "sep-2243-server-validate-param-match",
                "sep-2243-server-reject-invalid-param-chars",
                "sep-2243-server-reject-param-mismatch",
            },
        },
        TOOLS_OF_ITS_OWN: {
            "input-required-result-basic-elicitation": {"sep-2322-elicitation-incomplete"},
            "input-required-result-basic-list-roots": {"sep-2322-list-roots-incomplete"},
            "input-required-result-basic-sampling": {"sep-2322-sampling-incomplete"},
            "input-required-result-capability-check": {"sep-2322-respect-client-capabilities"},
            "input-required-result-multi-round": {"sep-2322-multi-round-r1"},
            "input-required-result-multiple-input-requests": {"sep-2322-multiple-inputs-incomplete"},
            "input-required-result-request-state": {"sep-2322-request-state-incomplete"},
            "input-required-result-result-type": {"sep-2322-result-type-included"},
            "input-required-result-tampered-state": {"sep-2322-reject-tampered-state"},
            "json-schema-2020-12": {"json-schema-2020-12-tool-found"},
            "server-stateless": {
                "sep-2575-server-rejects-undeclared-capability",
                "sep-2575-missing-capability-http-400",
                "sep-2575-http-server-no-independent-requests-on-stream",
                "sep-2575-server-no-log-without-loglevel",
            },
            "tools-call-audio": {"tools-call-audio"},
            "tools-call-embedded-resource": {"tools-call-embedded-resource"},
            "tools-call-error": {"tools-call-error"},
            "tools-call-image": {"tools-call-image"},
            "tools-call-mixed-content": {"tools-call-mixed-content"},
            "tools-call-simple-text": {"tools-call-simple-text"},
            "tools-call-with-progress": {"tools-call-with-progress"},
        },
        RESOURCES_OF_ITS_OWN: {
            "resources-read-binary": {"resources-read-binary"},
            "resources-read-text": {"resources-read-text"},
            "resources-templates-read": {"resources-templates-read"},
        },
        NO_TASKS: {
            "tasks-capability-negotiation": {
                "tasks-extension-advertised",
                "sep-2663-tasks-methods-non-declaring",
                "sep-2663-server-rejects-undeclared-client",
                "tasks-per-request-meta-opt-in",
            },
            "tasks-dispatch-and-envelope": {
                "tasks-server-directed-creation-no-hint",
                "sep-2663-legacy-task-param-ignored",
                "tasks-immediate-result-shortcut",
                "tasks-result-type-complete-on-non-task-responses",
                "sep-2663-durable-create-strong-consistency",
                "sep-2663-tasks-get-invalid-task-id-32602",
            },
            "tasks-lifecycle": {
                "tasks-sync-tool-call",
                "sep-2663-result-type-task-on-create",
                "sep-2663-tasks-get-status-working",
                "sep-2663-tasks-get-status-completed",
                "sep-2663-tool-error-uses-completed-status",
                "sep-2663-tasks-get-status-failed",
                "sep-2663-cancel-ack-empty-result",
                "tasks-cancel-terminal-idempotent-ack",
            },
            "tasks-mrtr-composition": {"sep-2663-mrtr-synchronous-before-task-creation"},
            "tasks-mrtr-input": {
                "sep-2663-tasks-get-status-input-required",
                "tasks-mrtr-tasks-update-resumes",
                "tasks-mrtr-partial-fulfillment",
            },
            "tasks-request-headers": {
                "tasks-headers-tolerate-mcp-method-on-tools-call",
                "sep-2663-routing-headers-accepted-on-tasks-get",
                "sep-2663-server-rejects-mismatched-mcp-name-on-tasks-get",
            },
            "tasks-request-state-removal": {"tasks-request-state-removal-setup"},
            "tasks-required-task-error": {"sep-2663-server-returns-missing-capability-when-required"},
            "tasks-wire-fields": {
                "tasks-wire-field-renames",
                "tasks-no-early-ttl-expiry",
                "tasks-no-related-task-meta-on-inlined-result",
            },
        },
    },
}
