"""The modules of Asterisk that the line loads: an explicit list, in loading order, instead of autoload.

With it Asterisk is up in a third of a second with 60 MB and without a warning. What a build of Asterisk may lack
without harm is named in `OPTIONAL`; the rest is needed, and `locate` refuses a system Asterisk without it.
"""

MODULES: tuple[str, ...] = (
    # the dialplan, timing, where objects are kept
    "pbx_config",
    "res_timing_timerfd",
    "res_sorcery_config",
    "res_sorcery_memory",
    "res_sorcery_astdb",
    # audio over the network, plain and encrypted
    "res_crypto",
    "res_srtp",
    "res_rtp_asterisk",
    "res_format_attr_opus",
    # music on hold, the control of calls from outside, parking
    "res_musiconhold",
    "res_speech",  # res_agi needs it
    "res_agi",
    "res_parking",
    # SIP: the stack, sessions, who calls, trunks, browsers
    "res_http_websocket",
    "res_pjproject",
    "res_pjsip",
    "res_pjsip_session",
    "res_pjsip_sdp_rtp",
    "res_pjsip_pubsub",  # res_pjsip_refer needs it
    "res_pjsip_registrar",
    "res_pjsip_authenticator_digest",
    "res_pjsip_outbound_authenticator_digest",
    "res_pjsip_outbound_registration",
    "res_pjsip_endpoint_identifier_ip",
    "res_pjsip_endpoint_identifier_user",
    "res_pjsip_caller_id",
    "res_pjsip_nat",
    "res_pjsip_dtmf_info",
    "res_pjsip_rfc3326",
    "res_pjsip_refer",
    "res_pjsip_diversion",
    "res_pjsip_header_funcs",
    "res_pjsip_dlg_options",
    "res_pjsip_transport_websocket",
    "res_pjsip_logger",
    "chan_pjsip",
    "chan_bridge_media",
    # how channels are joined
    "bridge_simple",
    "bridge_native_rtp",
    "bridge_softmix",
    "bridge_holding",
    "bridge_builtin_features",
    "bridge_builtin_interval_features",
    # codecs and file formats
    "codec_alaw",
    "codec_ulaw",
    "codec_a_mu",
    "codec_g722",
    "codec_gsm",
    "codec_resample",
    "codec_opus_open_source",
    "format_pcm",
    "format_wav",
    "format_sln",
    "format_gsm",
    # functions of the dialplan; app_mixmonitor needs func_periodic_hook, which needs the four before it
    "app_chanspy",
    "func_cut",
    "func_groupcount",
    "func_uri",
    "func_periodic_hook",
    "func_talkdetect",
    "func_callerid",
    "func_cdr",
    "func_channel",
    "func_db",
    "func_devstate",
    "func_dialplan",
    "func_env",  # STAT: whether a prompt is there
    "func_global",
    "func_hangupcause",
    "func_logic",
    "func_math",
    "func_pjsip_endpoint",
    "func_pjsip_aor",  # how a trunk is
    "func_pjsip_contact",
    "func_strings",
    "func_timeout",
    "func_uuid",
    "func_volume",
    # applications of the dialplan
    "app_exec",  # ExecIf
    "app_dial",
    "app_playback",
    "app_queue",
    "app_mixmonitor",
    "app_amd",
    "app_stack",
    "app_read",
    "app_record",
    "app_echo",
    "app_verbose",
    "app_userevent",
    "app_senddtmf",
    "app_bridgewait",
    "app_bridgeaddchan",  # a colleague joins a talk
    "app_transfer",
    "app_originate",
    "app_waitforsilence",
    # audio both ways with our own process
    "res_audiosocket",
    "app_audiosocket",
    "chan_audiosocket",
)

OPTIONAL: frozenset[str] = frozenset(
    {
        "codec_opus_open_source",  # Debian's; browsers then speak A-law
        "res_format_attr_opus",
        "res_pjsip_dlg_options",
        "res_pjsip_logger",  # only for looking at SIP while debugging
        "codec_gsm",
        "format_gsm",
        "app_echo",
        "app_bridgeaddchan",
        "chan_audiosocket",
    }
)

NEEDED: tuple[str, ...] = tuple(name for name in MODULES if name not in OPTIONAL)
