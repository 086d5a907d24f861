{{ project_focus('contract_commitments') }}
