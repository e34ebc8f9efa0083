#!/usr/bin/env bash
# Records a decision, reports its outcome, reads it back and asks for a prediction.
# Needs curl and a key: RETORT_KEY=rt_… examples/curl.sh
set -euo pipefail

api="${RETORT_URL:-http://127.0.0.1:4000}/api/v1"
id="example-$(date +%s)-$$"

# call METHOD PATH [BODY]: prints the answer; fails on a status of 400 and above.
call() {
  curl --silent --show-error --fail-with-body --request "$1" "$api$2" \
    --header "authorization: Bearer ${RETORT_KEY:?set RETORT_KEY to an API key}" \
    ${3:+--header 'content-type: application/json' --data "$3"}
  echo
}

tools='[{
  "name": "get_loan_balance",
  "description": "Reads what is still owed on a loan.",
  "parameters": { "type": "object", "properties": { "loan_id": { "type": "string" } }, "required": ["loan_id"] }
}]'

echo '# A decision of the teacher is recorded. 201: it is on disk.'
call POST /decisions '{
  "id": "'"$id"'",
  "agent_id": "example",
  "context": { "query": "What do I still owe?", "loan": { "id": "LN-1001" } },
  "tools_available": '"$tools"',
  "tool_selected": "get_loan_balance",
  "tool_parameters": { "loan_id": "LN-1001" },
  "teacher_model": "gpt-4.1"
}'

echo '# What the call led to is known later.'
call POST "/decisions/$id/outcome" '{ "success": true, "execution_time_ms": 41 }'

echo '# The read model follows within moments.'
for _ in $(seq 100); do
  if found=$(call GET "/decisions/$id" 2>/dev/null); then break; fi
  sleep 0.1
done
echo "${found:?the decision did not appear within ten seconds}"

echo '# A prediction: the call of the student where it keeps its guarantee, and otherwise the reason why not.'
call POST /predictions '{
  "context": { "query": "How much is left to pay?", "loan": { "id": "LN-2002" } },
  "tools_available": '"$tools"',
  "fallback": "none"
}'
