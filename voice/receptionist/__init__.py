"""The receptionist: rules own facts, safety and actions; a model may only word the reply."""
