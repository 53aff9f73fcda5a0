"""What must be on record about somebody before they go: training, vetting, designation, car. One small function a rule."""
