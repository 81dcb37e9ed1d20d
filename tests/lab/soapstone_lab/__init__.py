"""The lab: hosts made of namespaces, an overlay and a real sshd."""
