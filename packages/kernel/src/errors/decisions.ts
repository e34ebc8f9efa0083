import { permanent, temporary } from './entry.ts';

const followPointers = 'Correct the members that `errors` names.';

/** Recording decisions and reading them. */
export const decisionErrors = {
  'decisions.invalid': permanent(400, 'Invalid decision', followPointers),
  'decisions.malformed-json': permanent(400, 'Malformed JSON', 'Send valid JSON; the detail says where it breaks.'),
  'decisions.unstorable': permanent(
    400,
    'Decision cannot be stored',
    'Remove NUL characters and lone surrogates; keep numbers and nesting within bounds.',
  ),
  'decisions.too-large': permanent(413, 'Decision too large', 'Send shorter texts and fewer values in one decision.'),
  'decisions.batch-empty': permanent(400, 'Empty batch', 'Send at least one decision.'),
  'decisions.batch-too-large': permanent(413, 'Batch too large', 'Split the batch.'),
  'decisions.tool-not-offered': permanent(
    422,
    'Tool not offered',
    'Offer the tool selected in tools_available or in the toolset, under the same name.',
  ),
  'decisions.parameters-invalid': permanent(
    422,
    'Parameters do not fit the tool',
    'Send the arguments as the tool was called with them, or null when they are not known.',
  ),
  'decisions.parameters-over-budget': permanent(
    422,
    'Parameters too costly to check',
    'Send smaller arguments, or give the tool a simpler schema.',
  ),
  'decisions.timestamp-in-future': permanent(422, 'Timestamp in the future', 'Set the clock of the agent.'),
  'decisions.not-redactable': permanent(
    422,
    'Decision cannot be redacted',
    'Keep personal data out of ids; send shorter texts. Nothing was stored.',
  ),
  'decisions.toolset-unknown': permanent(422, 'Unknown toolset', 'Register the toolset or send tools_available.'),
  'decisions.id-conflict': permanent(409, 'Decision id taken', 'Give another decision another id.'),
  'decisions.invalid-outcome': permanent(400, 'Invalid outcome', followPointers),
  'decisions.invalid-idempotency-key': permanent(
    400,
    'Invalid Idempotency-Key',
    'Send 1 to 200 visible ASCII characters.',
  ),
  'decisions.idempotency-key-reused': permanent(
    422,
    'Idempotency-Key reused',
    'Give every request a key of its own; repeat a request unchanged.',
  ),
  'decisions.idempotency-key-in-flight': temporary(
    409,
    'Idempotency-Key in flight',
    'Wait for the first request to end, then repeat it.',
  ),
  'decisions.overloaded': temporary(503, 'Too much traffic', 'Repeat the request after Retry-After.'),
  'decisions.store-unavailable': temporary(503, 'Event store unavailable', 'Repeat the request after Retry-After.'),
  'decisions.unknown': permanent(404, 'No such decision', 'Check the id; it belongs to another tenant or to none.'),
  'decisions.projection-behind': temporary(503, 'Projection behind', 'Repeat the request after Retry-After.'),
  'decisions.invalid-position': permanent(400, 'Malformed position', 'Use a position that the platform returned.'),
  'events.invalid': permanent(400, 'Invalid CloudEvent', followPointers),
  'toolsets.invalid': permanent(400, 'Invalid toolset', followPointers),
  'toolsets.invalid-schema': permanent(422, 'Invalid JSON Schema', 'Correct the parameters of the tool.'),
  'toolsets.name-taken': permanent(409, 'Toolset name taken', 'Choose another name: a name keeps its content.'),
  'toolsets.unknown': permanent(404, 'No such toolset', 'Register the toolset first.'),
  'agents.unknown': permanent(404, 'No such agent', 'List the agents that made decisions.'),
  'dead-letters.unknown': permanent(404, 'No such dead letter', 'List the dead letters: it may be replayed already.'),
  'rebuilds.in-progress': temporary(409, 'Rebuild or verification under way', 'Wait for it to end, or cancel it.'),
  'rebuilds.no-such-service': permanent(422, 'No such service', 'Name one of the services that the process hosts.'),
  'projections.rebuild-in-progress': temporary(409, 'Rebuild under way', 'Wait for the rebuild to end, or cancel it.'),
};
