{{ project_focus('charge') }}
