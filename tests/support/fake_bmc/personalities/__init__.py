"""The kinds of BMCs."""

from . import generic, idrac, ilo4, ilo5, openbmc, supermicro, xcc

ALL = {kind.name: kind for kind in (generic.Generic, ilo5.Ilo5, ilo4.Ilo4, ilo4.Ilo2, openbmc.OpenBmc, idrac.Idrac,
                                    xcc.Xcc, supermicro.Supermicro)}
