{{ project_charge() }}
