"""The dashboard of costs: a Streamlit app in the browser of this machine."""
